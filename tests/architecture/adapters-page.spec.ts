import { globSync } from 'node:fs';
import { expect } from 'chai';
import ts from 'typescript';
import { classesIn, exportsOf, heritage, identifiersIn, nodesIn, parse, PORTS, read, ROOT } from './source-tree.ts';

const PAGE = 'docs/architects/swapping-adapters.md';

/** A row of the table: ports, the suites that cover them, and the adapters against which the suites are run. */
type Row = {
  readonly ports: readonly string[];
  readonly suites: readonly string[];
  readonly adapters: readonly string[];
};

const files = (...patterns: string[]) => patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).toSorted());

/** The suites, by the names of their functions. */
const SUITES = files('tests/contracts/**/*.contract.ts').flatMap((file) =>
  exportsOf(read(file)).flatMap(({ name }) => (name.endsWith('Contract') ? name : [])),
);

/** The files that run suites against adapters. */
const RUNNERS = files('tests/contracts/adapters/*.spec.ts', 'tests/real/contracts/*.spec.ts').map(read);

/** The ports that each class implements. */
const IMPLEMENTED = new Map(
  files('{src,examples}/**/*.ts', 'tests/support/**/*.ts').flatMap((file) =>
    classesIn(read(file)).flatMap((node) =>
      node.name ? [[node.name.text, heritage(node, ts.SyntaxKind.ImplementsKeyword)] as const] : [],
    ),
  ),
);

describe('the table of ports and suites', () => {
  const rows = rowsOf(read(PAGE));

  it('has each suite in one row', () => {
    expect(rows.flatMap(({ suites }) => suites).toSorted()).to.deep.equal(SUITES.toSorted());
  });

  it('names ports that exist, each once', () => {
    const ports = rows.flatMap((row) => row.ports);
    expect(ports.filter((port) => !PORTS.has(port))).to.deep.equal([]);
    expect(ports).to.have.length(new Set(ports).size);
  });

  it('names exactly the adapters against which a runner runs the suites', () => {
    for (const row of rows) expect(row.adapters.toSorted(), row.suites.join()).to.deep.equal(adaptersOf(row, RUNNERS));
  });

  it('would not pass with a suite that nobody runs, or with an adapter that is missing', () => {
    const row: Row = { ports: ['Clock'], suites: ['clockContract'], adapters: [] };
    const runner = (title: string) => `describe(${title}, () => clockContract(() => new FixedClock(SOME_DAY)));`;
    expect(adaptersOf(row, [runner("'SystemClock'"), runner("'FixedClock, which stands'")])).to.deep.equal([
      'FixedClock',
      'SystemClock',
    ]);
    expect(adaptersOf(row, [runner('name')])).to.deep.equal(['FixedClock']);
    expect(adaptersOf(row, [runner("'InMemoryTokenVerifier'")])).to.deep.equal([]);
    expect(adaptersOf({ ...row, suites: ['unknownContract'] }, [runner("'SystemClock'")])).to.deep.equal([]);
    expect(
      rowsOf('| Port | Suite | Adapters |\n| --- | --- | --- |\n| `A`, `B` | `aContract`, `bContract` | `C` |\n'),
    ).to.deep.equal([{ ports: ['A', 'B'], suites: ['aContract', 'bContract'], adapters: ['C'] }]);
  });
});

function rowsOf(page: string): Row[] {
  const [, table = ''] = /^\| Port.*\n\|[-| ]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [ports = [], suites = [], adapters = []] = line.split('|').slice(1).map(codeIn);
      return { ports, suites, adapters };
    });
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** The classes that implement one of the ports and are named in a file that calls the suites. */
function adaptersOf({ ports, suites }: Row, runners: readonly string[]): string[] {
  const named = runners
    .filter((source) => suites.every((suite) => identifiersIn(source).has(suite)))
    .flatMap(classesNamedIn);
  const fitting = named.filter((name) => (IMPLEMENTED.get(name) ?? []).some((port) => ports.includes(port)));
  return [...new Set(fitting)].toSorted();
}

/**
 * A runner names the adapter first in the title of its tests. In place of a title that is computed, the classes count that
 * the runner builds.
 */
function classesNamedIn(source: string): string[] {
  const nodes = nodesIn(parse(source));
  const titles = nodes.flatMap((node) =>
    ts.isCallExpression(node) && node.expression.getText() === 'describe' ? node.arguments.slice(0, 1) : [],
  );
  const built = nodes.flatMap((node) => (ts.isNewExpression(node) ? node.expression.getText() : []));
  return titles.flatMap((title) => (ts.isStringLiteral(title) ? (/^\w+/.exec(title.text) ?? []) : built));
}
