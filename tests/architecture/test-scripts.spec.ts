import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** The specs that a script in package.json passes to mocha. */
function specsOf(script: string): string[] {
  const patterns = (scripts[script] ?? '').match(/tests\/[^\s"]+\.spec\.ts/g) ?? [];
  return patterns.flatMap((pattern) => {
    const files = globSync(pattern);
    expect(files, `${script}: ${pattern}`).to.not.deep.equal([]);
    return files;
  });
}

describe('the scripts that run tests', () => {
  it('run every spec, each in exactly one script', () => {
    const run = Object.keys(scripts)
      .filter((name) => name.startsWith('test:'))
      .flatMap(specsOf);
    expect(run.toSorted()).to.deep.equal(globSync('tests/**/*.spec.ts').toSorted());
  });
});
