import { execSync } from 'node:child_process';
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

  it('run each property once more with all of its random cases', () => {
    const withProperties = globSync('tests/**/*.spec.ts').filter((file) =>
      /from '.*\/property-runs\.ts'/.test(readFileSync(file, 'utf8')),
    );
    const [, command = ''] = /\$\((.*)\)$/.exec(scripts['all-cases'] ?? '') ?? [];
    const found = execSync(command, { encoding: 'utf8' }).trim().split('\n');
    expect(found).to.have.members(withProperties).and.to.not.be.empty;
  });

  it('are all run by .ci/run, the long ones included', () => {
    const reached = new Set<string>();
    const reach = (text: string) => {
      for (const [, name = ''] of text.matchAll(/npm (?:run )?(test(?::\w+)?|check|build|all-cases|mutation)\b/g))
        if (!reached.has(name)) {
          reached.add(name);
          reach(scripts[name] ?? '');
        }
    };
    reach(readFileSync('.ci/run', 'utf8'));
    expect([...reached]).to.include.members(Object.keys(scripts).filter((name) => name.startsWith('test:')));
    expect([...reached]).to.include.members(['all-cases', 'mutation']);
  });
});
