import { expect } from 'chai';
import ts from 'typescript';
import { nodesIn, parse, read, SOURCE_FILES } from './source-tree.ts';

const MIGRATIONS = 'src/infrastructure/persistence/migrations/';

describe('docs/architects/add-a-use-case.md', () => {
  it('lists the eight files that know restoring an opportunity, a change with an event and without a body', () => {
    const documented = filesListedIn(read('docs/architects/add-a-use-case.md'));
    expect(documented).to.have.length(8);
    expect(documented).to.have.members(filesThatName(['restore', 'mayRestore', 'OpportunityRestored']));
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

  it('reads the first column of a table', () => {
    expect(filesListedIn('| File | What |\n| --- | --- |\n| `domain/actor.ts` | a `domain/text.ts` |\n')).to.deep.equal(
      ['src/domain/actor.ts'],
    );
  });
});

function filesListedIn(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, file = '']) => `src/${file}`);
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
