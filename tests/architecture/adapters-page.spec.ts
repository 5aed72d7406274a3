import { globSync } from 'node:fs';
import { expect } from 'chai';
import ts from 'typescript';
import { classesIn, exportsOf, heritage, identifiersIn, nodesIn, parse, PORTS, read, ROOT } from './source-tree.ts';

const PAGE = 'docs/architects/swapping-adapters.md';

/** A row of the table: the ports that a suite covers, and the adapters that it is run against. */
type Row = { readonly ports: readonly string[]; readonly suite: string; readonly adapters: readonly string[] };

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

  it('has one row for each suite', () => {
    expect(rows.map(({ suite }) => suite).toSorted()).to.deep.equal(SUITES.toSorted());
  });

  it('names ports that exist, each once', () => {
    const ports = rows.flatMap((row) => row.ports);
    expect(ports.filter((port) => !PORTS.has(port))).to.deep.equal([]);
    expect(ports).to.have.length(new Set(ports).size);
  });

  it('names exactly the adapters that a runner passes to the suite', () => {
    for (const row of rows) expect(row.adapters.toSorted(), row.suite).to.deep.equal(adaptersOf(row, RUNNERS));
  });

  it('would not pass with a suite that nobody runs, or with an adapter that is missing', () => {
    const row = { ports: ['Clock'], suite: 'clockContract', adapters: [] };
    const runner = 'clockContract(() => new SystemClock()); otherContract(() => new FixedClock(SOME_DAY));';
    expect(adaptersOf(row, [runner])).to.deep.equal(['FixedClock', 'SystemClock']);
    expect(adaptersOf({ ...row, suite: 'unknownContract' }, [runner])).to.deep.equal([]);
    expect(
      rowsOf('| Port | Suite | Adapters |\n| --- | --- | --- |\n| `A`, `B` | `abContract` | `C` |\n'),
    ).to.deep.equal([{ ports: ['A', 'B'], suite: 'abContract', adapters: ['C'] }]);
  });
});

function rowsOf(page: string): Row[] {
  const [, table = ''] = /^\| Port.*\n\|[-| ]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [ports = [], [suite = ''] = [], adapters = []] = line.split('|').slice(1).map(codeIn);
      return { ports, suite, adapters };
    });
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** The classes that implement one of the ports and are named or built in a file that calls the suite. */
function adaptersOf({ ports, suite }: Row, runners: readonly string[]): string[] {
  const named = runners.filter((source) => identifiersIn(source).has(suite)).flatMap(classesNamedIn);
  const fitting = named.filter((name) => (IMPLEMENTED.get(name) ?? []).some((port) => ports.includes(port)));
  return [...new Set(fitting)].toSorted();
}

/** A runner builds an adapter itself, or names it in the title of the tests and lets another file build it. */
function classesNamedIn(source: string): string[] {
  return nodesIn(parse(source)).flatMap((node) => {
    if (ts.isNewExpression(node)) return node.expression.getText();
    const [title] = ts.isCallExpression(node) && node.expression.getText() === 'describe' ? node.arguments : [];
    return title && ts.isStringLiteral(title) ? title.text : [];
  });
}
