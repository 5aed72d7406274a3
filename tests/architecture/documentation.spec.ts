import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect } from 'chai';

const PAGES = globSync('**/*.md', {
  exclude: (path) => /(^|\/)(node_modules|\.git|\.local|dist|\.venv)(\/|$)/.test(path),
});
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

const SOURCE = globSync('src/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

const REFERRERS = globSync([
  '{src,tests,tools,bench}/**/*.ts',
  'examples/**/*.{ts,py}',
  'examples/**/.env.example',
  '*.{js,cjs,yml,toml,http}',
  '.env.example',
]).filter((file) => file !== 'tests/architecture/documentation.spec.ts' && !file.includes('.venv'));

describe('the documentation', () => {
  it('has pages for this test to read', () => {
    expect(PAGES).to.include.members(['README.md', 'docs/README.md', 'docs/decisions/README.md']);
  });

  it('has links that lead to a file, and to a heading of that file when they name one', () => {
    expect(PAGES.flatMap((page) => brokenLinks(page, readFileSync(page, 'utf8')))).to.deep.equal([]);
  });

  it('names only files and folders of the code that exist', () => {
    expect(PAGES.flatMap((page) => missingPaths(page, readFileSync(page, 'utf8')))).to.deep.equal([]);
  });

  it('exists wherever the code, the tests and the settings refer to a page', () => {
    expect(REFERRERS).to.have.length.above(300);
    expect(REFERRERS.flatMap((file) => missingPages(file, readFileSync(file, 'utf8')))).to.deep.equal([]);
  });

  it('names only npm scripts that package.json has', () => {
    expect(PAGES.flatMap((page) => unknownScripts(readFileSync(page, 'utf8')))).to.deep.equal([]);
  });

  it('describes every npm script on the page about the commands', () => {
    const described = scriptsIn(readFileSync('docs/architects/commands.md', 'utf8'));
    expect(described.toSorted()).to.deep.equal(Object.keys(scripts).toSorted());
  });

  it('can be entered: every page of docs/ can be reached from the README by links', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const { file } of linksOf(page, readFileSync(page, 'utf8'))) if (PAGES.includes(file)) reached.add(file);
    expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page))).to.deep.equal([]);
  });
});

describe('the glossary', () => {
  it('names only classes, files and tables that the code has', () => {
    const names = codeNamesIn(readFileSync('docs/glossary.md', 'utf8'));
    expect(names).to.include.members(['Opportunity', 'opportunity-policy.ts', 'outbox_parked']);
    expect(names.filter((name) => !isInCode(name))).to.deep.equal([]);
  });

  it('would not pass with a name that the code has no longer', () => {
    expect(codeNamesIn('| **relay** | It publishes `nothing`. | `RelayInbox` |').map(isInCode)).to.deep.equal([false]);
    expect(['RelayOutbox', 'relay-outbox.ts', 'outbox/', 'npm run outbox -- replay'].map(isInCode)).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(isInCode('relay-inbox.ts')).to.equal(false);
  });
});

describe('the decision records', () => {
  const records = PAGES.filter((page) => /^docs\/decisions\/\d/.test(page)).toSorted();
  const index = readFileSync('docs/decisions/README.md', 'utf8');

  it('have numbers without a gap', () => {
    expect(records.map((page) => Number(/\d+/.exec(page)![0]))).to.deep.equal(records.map((_, n) => n + 1));
  });

  it('say below the title whether they were accepted or superseded, and when', () => {
    expect(records.filter((page) => !hasStatus(readFileSync(page, 'utf8')))).to.deep.equal([]);
  });

  it('point to what superseded them, and back', () => {
    expect(oneWayPointers(records.map((page) => [basename(page), readFileSync(page, 'utf8')]))).to.deep.equal([]);
  });

  it('have the same status in the index', () => {
    for (const page of records) {
      const row = index.split('\n').find((line) => line.startsWith(`| ${Number(/\d+/.exec(page)![0])} `))!;
      const successors = successorsIn(readFileSync(page, 'utf8'));
      expect(
        linksOf('docs/decisions/README.md', row)
          .slice(1)
          .map(({ file }) => basename(file)),
        page,
      ).to.deep.equal(successors);
    }
  });
});

describe('the test of the documentation', () => {
  it('finds a decision record without a status, or with a pointer that goes one way only', () => {
    expect(hasStatus('# 1. A title\n\n## Context\n')).to.equal(false);
    expect(hasStatus('# 1. A title\n\nStatus: accepted, 2026-11-22.\n')).to.equal(true);
    const first =
      '# 1. One\n\nStatus: accepted, 2026-11-22.\\\nSuperseded in part by [decision 2](0002-two.md), 2026-11-26: why.\n';
    const second =
      '# 2. Two\n\nStatus: accepted, 2026-11-26.\\\nSupersedes a part of [decision 1](0001-one.md): why.\n';
    expect(
      oneWayPointers([
        ['0001-one.md', first],
        ['0002-two.md', second],
      ]),
    ).to.deep.equal([]);
    expect(
      oneWayPointers([
        ['0001-one.md', first],
        ['0002-two.md', '# 2. Two\n'],
      ]),
    ).to.deep.equal(['0001-one.md 0002-two.md']);
    expect(
      oneWayPointers([
        ['0001-one.md', '# 1. One\n'],
        ['0002-two.md', second],
      ]),
    ).to.deep.equal(['0001-one.md 0002-two.md']);
  });

  it('finds a link to a file that does not exist', () => {
    expect(brokenLinks('docs/README.md', 'See [this](nowhere.md).')).to.deep.equal(['docs/README.md: nowhere.md']);
    expect(brokenLinks('docs/README.md', 'See [this](../README.md).')).to.deep.equal([]);
  });

  it('finds a link to a heading that does not exist', () => {
    const page =
      '# One page\n\n## The `second` part, in short\n\n[there](#the-second-part-in-short) [elsewhere](#third)\n';
    expect(brokenLinks('page.md', page)).to.deep.equal(['page.md: #third']);
    expect(brokenLinks('docs/page.md', '[start](../README.md#no-such-heading)')).to.have.length(1);
  });

  it('numbers a heading that a page has twice', () => {
    const page = '## Why\n\n## Why\n\n[first](#why) [second](#why-1) [third](#why-2)\n';
    expect(brokenLinks('page.md', page)).to.deep.equal(['page.md: #why-2']);
  });

  it('takes nothing in a code block for a link or a heading', () => {
    expect(
      brokenLinks('page.md', '```sh\n# Not a heading\n[no](nowhere.md)\n```\n[there](#not-a-heading)'),
    ).to.deep.equal(['page.md: #not-a-heading']);
  });

  it('finds a path of the code that does not exist', () => {
    expect(missingPaths('page.md', 'In `src/main.ts`, `src/domain/` and `tests/differential/*.txt`.')).to.deep.equal(
      [],
    );
    expect(missingPaths('page.md', "```ts\nimport { a } from '#domain/actor';\n```")).to.deep.equal([]);
    expect(missingPaths('page.md', "```ts\nimport { a } from '#domain/nobody';\n```")).to.have.length(1);
    expect(missingPaths('page.md', 'In `src/nowhere/`.')).to.deep.equal(['page.md: src/nowhere/']);
    expect(missingPaths('page.md', 'In `tests/differential/*.pdf`.')).to.have.length(1);
  });

  it('finds a reference of the code to a page that does not exist', () => {
    expect(
      missingPages('a.ts', '// docs/glossary.md explains it, and so does decision docs/decisions/0019.'),
    ).to.deep.equal([]);
    expect(missingPages('a.ts', '// docs/nowhere.md explains it.')).to.deep.equal(['a.ts: docs/nowhere.md']);
    expect(missingPages('a.ts', '// docs/decisions/9999 explains it.')).to.deep.equal(['a.ts: docs/decisions/9999']);
  });

  it('finds an npm script that does not exist', () => {
    expect(unknownScripts('Run `npm run check`, then `npm run chekc`.')).to.deep.equal(['chekc']);
    expect(unknownScripts('```sh\nnpm run outbox -- status && npm run nothing:at-all\n```')).to.deep.equal([
      'nothing:at-all',
    ]);
  });
});

type Link = { readonly target: string; readonly file: string; readonly anchor: string };

/** The relative links of a page; `file` is the path that they lead to, from the root of the repository. */
function linksOf(page: string, text: string): Link[] {
  return [...withoutCodeBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^([a-z]+:|\/)/.test(target))
    .map((target) => {
      const [path, anchor = ''] = target.split('#') as [string, string?];
      return { target, file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

function brokenLinks(page: string, text: string): string[] {
  return linksOf(page, text)
    .filter(({ file, anchor }) => {
      if (file !== page && !existsSync(file)) return true;
      return anchor !== '' && !anchorsOf(file === page ? text : readFileSync(file, 'utf8')).has(anchor);
    })
    .map(({ target }) => `${page}: ${target}`);
}

/** The anchors that GitHub gives to the headings of a page: lower case, words joined by hyphens, a number on repetition. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutCodeBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const words = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The names in backticks in the last column of a table. */
function codeNamesIn(page: string): string[] {
  return [...page.matchAll(/^\|.*\|([^|]*)\|$/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
}

function isInCode(name: string): boolean {
  if (name.startsWith('npm run ')) return unknownScripts(name).length === 0;
  if (/[./]/.test(name)) return globSync(name.startsWith('src/') ? name : `src/**/${name}`).length > 0;
  return new RegExp(`\\b${name}\\b`).test(SOURCE);
}

/** Paths in backticks that lead to no file of the repository. An asterisk stands for any part of a name. */
function missingPaths(page: string, text: string): string[] {
  return [...withoutCodeBlocks(text).matchAll(/`((?:src|tests|tools|bench|examples)\/[^`\s<{…]*)`/g)]
    .map(([, path]) => path!)
    .concat(importsIn(text))
    .filter((path) => globSync(path).length === 0)
    .map((path) => `${page}: ${path}`);
}

/** The files of this project that the code in a page imports. */
function importsIn(text: string): string[] {
  return [...text.matchAll(/ from '(?:#([^']+)|\.\/(src\/[^']+))'/g)].map(
    ([, alias, file]) => file ?? `src/${alias}.ts`,
  );
}

/** References such as docs/glossary.md or docs/decisions/0019 that lead to no page. */
function missingPages(file: string, text: string): string[] {
  return [...text.matchAll(/\bdocs\/(?:[\w-]+\/)*(?:[\w-]+\.md\b|\d{4}\b(?!-))/g)]
    .map(([page]) => page)
    .filter((page) => globSync(page.endsWith('.md') ? page : `${page}-*.md`).length === 0)
    .map((page) => `${file}: ${page}`);
}

function hasStatus(record: string): boolean {
  return /^# .+\n\nStatus: (accepted|superseded), \d{4}-\d\d-\d\d[.\\]/.test(record);
}

/** The files of the records that superseded this one, wholly or in part. */
function successorsIn(record: string): string[] {
  return [...record.matchAll(/^Superseded (?:in part )?by \[[^\]]+\]\(([^)]+)\)/gm)].map(([, file]) => file!);
}

/** Pairs of an older and a newer record, of which only one names the other. */
function oneWayPointers(records: readonly (readonly [file: string, text: string])[]): string[] {
  const forward = records.flatMap(([file, text]) => successorsIn(text).map((newer) => `${file} ${newer}`));
  const back = records.flatMap(([file, text]) =>
    [...text.matchAll(/^Supersedes (?:a part of )?\[[^\]]+\]\(([^)]+)\)/gm)].map(([, older]) => `${older} ${file}`),
  );
  return [...forward.filter((pair) => !back.includes(pair)), ...back.filter((pair) => !forward.includes(pair))];
}

function unknownScripts(text: string): string[] {
  return scriptsIn(text).filter((name) => !Object.hasOwn(scripts, name));
}

/** The npm scripts that a text names, each once. */
function scriptsIn(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(/\bnpm (?:run ([a-z][a-z:-]*[a-z])|(start|test)\b)/g)].map(([, run, short]) => run ?? short!),
    ),
  ];
}

function withoutCodeBlocks(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}
