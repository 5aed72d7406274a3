import { globSync } from 'node:fs';
import { expect } from 'chai';
import ts from 'typescript';
import { nodesIn, parse, read, ROOT, SOURCE_FILES } from './source-tree.ts';

const TEST_FILES = globSync('tests/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.startsWith('tests/architecture/'))
  .sort();
const MIGRATIONS = 'src/infrastructure/persistence/migrations/';

describe('docs/architects/add-a-use-case.md', () => {
  const page = 'docs/architects/add-a-use-case.md';

  it('lists the eight files that know restoring an opportunity, a change with an event and without a body', () => {
    const documented = filesListedIn(read(page));
    expect(documented).to.have.length(8);
    expect(documented).to.have.members(filesThatName(['restore', 'mayRestore', 'OpportunityRestored']));
  });

  it('lists every file of the tests that does not compile without a new action', () => {
    for (const union of ['OpportunityAction', 'PostedAction'])
      expect(unlisted(page, exhaustiveIn(TEST_FILES, union))).to.deep.equal([]);
  });
});

describe('docs/architects/add-a-status.md', () => {
  const page = 'docs/architects/add-a-status.md';

  it('lists the five files that know an existing status', () => {
    const documented = filesListedIn(read(page));
    expect(documented).to.have.length(5);
    const status = filesWithLiteral('removed').map((file) => (isMigration(file) ? MIGRATIONS : file));
    expect(documented.filter((file) => file !== `${MIGRATIONS}migrations.ts`)).to.have.members([...new Set(status)]);
  });

  it('lists every file that does not compile without a new status', () => {
    const files = [...SOURCE_FILES, ...TEST_FILES].filter(
      (file) => file !== 'tests/domain/opportunities/opportunity-policy.spec.ts',
    );
    expect(unlisted(page, exhaustiveIn(files, 'OpportunityStatus'))).to.deep.equal([]);
  });
});

describe('docs/architects/add-an-event.md', () => {
  const page = 'docs/architects/add-an-event.md';

  it('lists the three files that know an existing event', () => {
    expect(filesListedIn(read(page))).to.have.members(filesThatName(['OpportunityRestored']));
  });
});

describe('docs/architects/add-a-field.md', () => {
  it('lists the seven files that know an existing field', () => {
    const documented = filesListedIn(read('docs/architects/add-a-field.md'));
    expect(documented).to.have.length(7);
    // The list of migrations names files and not columns, so it does not know the field.
    const field = filesThatName(['startsAt', 'starts_at']).map((file) => (isMigration(file) ? MIGRATIONS : file));
    expect(documented.filter((file) => file !== `${MIGRATIONS}migrations.ts`)).to.have.members([...new Set(field)]);
  });
});

describe('the test of the places to touch', () => {
  it('would find a file that knows the name and is not listed', () => {
    expect(namesIn('const a = { restore: 1 };')).to.include('restore');
    expect(namesIn(`router.post('/:id/restore', changing('restore'));`)).to.include('restore');
    expect(namesIn('/* restore */')).not.to.include('restore');
    expect(filesThatName(['relayOutboxThatNobodyHas'])).to.deep.equal([]);
  });

  it('would find a file that the compiler demands and that is not listed', () => {
    expect(isExhaustive('const A: Record<OpportunityStatus, string> = {};', 'OpportunityStatus')).to.equal(true);
    expect(isExhaustive('const A: Record<`${OpportunityAction}Link`, string> = {};', 'OpportunityAction')).to.equal(
      true,
    );
    expect(isExhaustive('const A: Partial<Record<OpportunityStatus, string>> = {};', 'OpportunityStatus')).to.equal(
      false,
    );
    expect(unlisted('docs/architects/add-a-status.md', ['tests/nowhere.spec.ts'])).to.deep.equal([
      'docs/architects/add-a-status.md must list `tests/nowhere.spec.ts`.',
    ]);
  });

  it('reads the first column of a table', () => {
    expect(filesListedIn('| File | What |\n| --- | --- |\n| `domain/actor.ts` | a `domain/text.ts` |\n')).to.deep.equal(
      ['src/domain/actor.ts'],
    );
  });
});

function filesListedIn(page: string): string[] {
  const [inSource = ''] = page.split('\n## ');
  return [...inSource.matchAll(/^\| `([^`]+)`/gm)].map(([, file = '']) => `src/${file}`);
}

function isMigration(file: string): boolean {
  return file.startsWith(MIGRATIONS);
}

function filesThatName(names: readonly string[]): string[] {
  return SOURCE_FILES.filter((file) => {
    const named = namesIn(read(file));
    return names.some((name) => named.has(name));
  });
}

/** All identifiers, and the words of all texts; comments do not count. */
function namesIn(source: string): Set<string> {
  return new Set(
    nodesIn(parse(source)).flatMap((node) => {
      if (ts.isIdentifier(node)) return [node.text];
      return ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) ? node.text.split(/\W+/) : [];
    }),
  );
}

/** Files with a text that is exactly this status, with a table that has a row for it, or with SQL that compares with it. */
function filesWithLiteral(word: string): string[] {
  return SOURCE_FILES.filter((file) =>
    nodesIn(parse(read(file))).some((node) => {
      if (ts.isObjectLiteralExpression(node))
        return ['published', word].every((name) =>
          node.properties.some((property) => property.name?.getText() === name),
        );
      if (ts.isStringLiteral(node)) return node.text === word;
      return ts.isStringLiteralLike(node) && node.text.includes(`'${word}'`);
    }),
  );
}

/** Whether a table in the source does not compile while it lacks a member of the union. */
function isExhaustive(source: string, union: string): boolean {
  const tables = source.replaceAll(/Partial<Record<[^>]*>>/g, '');
  return new RegExp(String.raw`Record<[^,<>]*\b${union}\b[^,<>]*,|\[\w+ in ${union}\]`).test(tables);
}

function exhaustiveIn(files: readonly string[], union: string): string[] {
  return files.filter((file) => isExhaustive(read(file), union));
}

/** Says which of the files the page does not name. */
function unlisted(page: string, files: readonly string[]): string[] {
  const text = read(page);
  return files
    .map((file) => file.replace(/^src\//, ''))
    .filter((file) => !text.includes(`\`${file}\``))
    .map((file) => `${page} must list \`${file}\`.`);
}
