import { globSync } from 'node:fs';
import { expect } from 'chai';
import ts from 'typescript';
import { classesIn, filesIn, heritage, identifiersIn, PORTS, read, ROOT } from './source-tree.ts';

const SUITES = new Set(
  globSync('tests/contracts/**/*.contract.ts', { cwd: ROOT }).flatMap((file) =>
    [...read(file).matchAll(/export function (\w+)Contract\b/g)].map(([, name]) => name!.toLowerCase()),
  ),
);
/** The files that run the suites, and the ones that make the adapters for them. */
const RUNNERS = globSync(['tests/{contracts/adapters,real/contracts}/*.spec.ts', 'tests/support/servers/*.ts'], {
  cwd: ROOT,
}).map((file) => read(file));

/** Adapters that run no suite, each with the reason. */
const WITHOUT: Record<string, string> = {
  NoBroker: 'It stands for a service without Kafka, and refuses everything.',
};

describe('an adapter of a port that has a contract suite', () => {
  const adapters = filesIn('src/infrastructure').flatMap((file) => adaptersIn(read(file)));

  it('is run against the suite', () => {
    expect(adapters).to.have.length.above(10);
    expect(notRun(adapters, RUNNERS)).to.deep.equal([]);
    for (const exception of Object.keys(WITHOUT)) expect(adapters.map(({ adapter }) => adapter)).to.include(exception);
  });

  it('would be missed without a run', () => {
    const source = 'class RedisEventPublisher implements EventPublisher { }';
    expect(notRun(adaptersIn(source), RUNNERS)).to.deep.equal([
      'RedisEventPublisher implements EventPublisher, which has a contract suite, but nothing runs it: run the suite in ' +
        'tests/contracts/adapters/, or in tests/real/contracts/ if it needs a server. See docs/architects/add-an-adapter.md.',
    ]);
    expect(notRun(adaptersIn(source), ['new RedisEventPublisher()'])).to.deep.equal([]);
  });
});

type Adapter = { readonly adapter: string; readonly port: string };

function adaptersIn(source: string): Adapter[] {
  return classesIn(source).flatMap((each) =>
    heritage(each, ts.SyntaxKind.ImplementsKeyword)
      .filter((port) => PORTS.has(port) && SUITES.has(port.toLowerCase()))
      .map((port) => ({ adapter: each.name?.text ?? '', port })),
  );
}

function notRun(adapters: readonly Adapter[], runners: readonly string[]): string[] {
  const run = new Set(runners.flatMap((runner) => [...identifiersIn(runner)]));
  return adapters
    .filter(({ adapter }) => !run.has(adapter) && !(adapter in WITHOUT))
    .map(
      ({ adapter, port }) =>
        `${adapter} implements ${port}, which has a contract suite, but nothing runs it: run the suite in ` +
        'tests/contracts/adapters/, or in tests/real/contracts/ if it needs a server. See docs/architects/add-an-adapter.md.',
    );
}
