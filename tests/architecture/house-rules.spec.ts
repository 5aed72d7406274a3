import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { read, ROOT, SOURCE_FILES } from './source-tree.ts';

const CAPABILITIES = ['opportunities', 'outbox', 'tokens', 'operations'];
const MOST_FILES = 14;

/** Folders whose sub-folders are capabilities, with the folders that belong to none of them. */
const DIVIDED: Record<string, readonly string[]> = {
  'src/application': ['messages', 'ports'],
  'src/application/ports': ['system'],
  'src/infrastructure/persistence': ['connections', 'migrations'],
  'src/interfaces/http': ['authentication', 'openapi', 'problems', 'rate-limits', 'reference', 'requests', 'server'],
  'src/interfaces/cli': ['doctor'],
};

/** Words with which a comment begins that leaves out what it is about. */
const WITHOUT_SUBJECT = /^(Of|None|Those|Whoever|Whatever|Under|Nobody|Not|As|Gone|Lost|Loaded) [^.]{0,70}\.?$/;

describe('the house', () => {
  it('has the same capabilities in every layer', () => {
    expect(strangers(SOURCE_FILES)).to.deep.equal([]);
    expect(strangers(['src/application/jobs/run.ts', 'src/interfaces/http/outbox/routes.ts'])).to.deep.equal([
      'src/application/jobs',
    ]);
    for (const folder of Object.keys(DIVIDED))
      expect(SOURCE_FILES.filter((file) => file.startsWith(`${folder}/`))).not.to.deep.equal([]);
  });

  it(`has at most ${MOST_FILES} files in a folder`, () => {
    expect(crowded(SOURCE_FILES)).to.deep.equal([]);
    const many = Array.from({ length: MOST_FILES + 1 }, (_, index) => `src/domain/file-${index}.ts`);
    expect(crowded(many)).to.deep.equal(['src/domain']);
  });

  it('has a page in each layer that says what lives there, what may be imported, and where a new thing goes', () => {
    for (const layer of ['domain', 'application', 'infrastructure', 'interfaces']) {
      const page = read(`src/${layer}/README.md`);
      expect(page).to.match(new RegExp(`^# ${layer}$`, 'm'));
      expect(page).to.include('**May import:**');
      expect(page).to.include('**A new thing:**');
    }
  });

  it('has comments with a subject', () => {
    const files = globSync(['src/**/*.ts', 'tools/**/*.ts', 'bench/**/*.ts', 'tests/**/*.ts'], { cwd: ROOT });
    expect(files.length).to.be.greaterThan(SOURCE_FILES.length);
    expect(files.flatMap((file) => riddles(read(file)).map((comment) => `${file}: ${comment}`))).to.deep.equal([]);
    expect(riddles('/** Of everybody. */\nconst a = 1; // None is so late.\n')).to.have.length(2);
    expect(riddles('  // Loaded by those who want it alone.\n')).to.have.length(1);
    expect(riddles("/** Statuses that this reader may see. */\nconst url = 'http://Of nobody';\n")).to.deep.equal([]);
  });
});

function strangers(files: readonly string[]): string[] {
  const folders = new Set(files.map(dirname));
  return [...folders].filter((folder) => {
    const others = DIVIDED[dirname(folder)];
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    return others !== undefined && !others.includes(name) && !CAPABILITIES.includes(name);
  });
}

function crowded(files: readonly string[]): string[] {
  const counts = Map.groupBy(files, dirname);
  return [...counts].filter(([, inside]) => inside.length > MOST_FILES).map(([folder]) => folder);
}

/** Comments of one line that begin without a subject. */
function riddles(source: string): string[] {
  return [...source.matchAll(/(?:\/\*\*|(?<![:'"`/])\/\/) (.*?)(?: \*\/)?$/gm)]
    .map(([, comment = '']) => comment)
    .filter((comment) => WITHOUT_SUBJECT.test(comment));
}
