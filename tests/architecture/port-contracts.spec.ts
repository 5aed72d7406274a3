import { globSync } from 'node:fs';
import { expect } from 'chai';
import ts from 'typescript';
import { exportsOf, heritage, nodesIn, parse, PORTS, read, ROOT } from './source-tree.ts';

type Sources = ReadonlyMap<string, string>;

/** Why a port has no suite. Each has one adapter, and the spec tests it against a real server. */
const WITHOUT_SUITE: Readonly<Record<string, { readonly why: string; readonly spec: string }>> = {
  OutboxBatch: {
    why: 'A batch comes from a queue, so outboxQueueContract tests both.',
    spec: 'tests/contracts/outbox/outbox-queue.contract.ts',
  },
  BrokerDiagnosis: {
    why: 'Its findings are about Kafka, and no other adapter or fake exists.',
    spec: 'tests/real/scenario/operations/doctor.spec.ts',
  },
  DatabaseDiagnosis: {
    why: 'Its findings are about PostgreSQL, and no other adapter or fake exists.',
    spec: 'tests/real/scenario/operations/doctor.spec.ts',
  },
  RetainedEvents: {
    why: 'One adapter exists. The fake plays a script and stores nothing.',
    spec: 'tests/real/infrastructure/persistence/postgres-retained-events.spec.ts',
  },
  EventReplay: {
    why: 'One adapter exists. The fake plays a script and stores nothing.',
    spec: 'tests/real/infrastructure/persistence/postgres-retained-events.spec.ts',
  },
  TopicReader: {
    why: 'Only a real topic has shards, offsets and a retention of its own.',
    spec: 'tests/real/infrastructure/messaging/kafka-topic-reader.spec.ts',
  },
};

/** Ports that a unit of work gives to its block. Their suites run with each unit of work. */
const INSIDE_A_TRANSACTION = ['OpportunityRepository', 'Outbox', 'IdempotencyKeys'];

/** Adapters that break the contract of their port on purpose, with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  NoBroker: 'It stands for a missing broker. in-process.spec.ts tests it.',
  Nudges: 'It counts nudges for a suite, and nobody waits for them.',
  CountingClock: 'It moves on at each reading, and so tells no present instant.',
};

const sourcesOf = (...patterns: string[]): Sources =>
  new Map(patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).map((file) => [file, read(file)]));

const SUITES = sourcesOf('tests/contracts/**/*.contract.ts');
const RUNNERS = sourcesOf('tests/contracts/adapters/*.spec.ts', 'tests/real/contracts/*.spec.ts');
const exported = remembered(exportsOf);
const suiteCalls = remembered(suiteCallsIn);

const ADAPTERS = sourcesOf('src/infrastructure/**/*.ts', 'tests/support/**/*.ts', 'examples/**/*.ts');

describe('the contract of a port', () => {
  it('is a suite in the folder of its capability, or a line that says why none', () => {
    expect(portsWithoutSuite(PORTS, SUITES)).to.deep.equal([]);
  });

  it('is left out only for ports that exist, have no suite, and have a spec that names their adapter', () => {
    expect(needlessLines(PORTS, SUITES)).to.deep.equal([]);
    const adapters = adaptersIn(ADAPTERS);
    for (const [port, { why, spec }] of Object.entries(WITHOUT_SUITE)) {
      expect(why, port).to.match(/\.$/);
      const names = adapters
        .filter((each) => each.port === port && each.file.startsWith('src/'))
        .map(({ name }) => name);
      if (port !== 'OutboxBatch' && !spec.includes('/scenario/'))
        expect(
          names.filter((name) => read(spec).includes(name)),
          port,
        ).to.deep.equal(names).and.not.be.empty;
      else expect(read(spec), port).not.to.equal('');
    }
  });

  it('is run against every adapter of the port', () => {
    expect(adaptersWithoutRun(adaptersIn(ADAPTERS), RUNNERS)).to.deep.equal([]);
    const names = adaptersIn(ADAPTERS).map(({ name }) => name);
    expect(names).to.include.members([...Object.keys(NOT_RUN), 'PostgresUnitOfWork', 'InMemoryUnitOfWork']);
  });

  describe('these rules find', () => {
    it('a port without a suite', () => {
      const ports = new Map([...PORTS, ['Oracle', 'src/application/ports/tokens/oracle.ts']]);
      expect(portsWithoutSuite(ports, SUITES)).to.deep.equal(['Oracle']);
      const suite = 'export function oracleContract(): void {}';
      const inOtherFolder = new Map([...SUITES, ['tests/contracts/outbox/oracle.contract.ts', suite]]);
      expect(portsWithoutSuite(ports, inOtherFolder), 'a suite in another folder').to.deep.equal(['Oracle']);
      const inItsFolder = new Map([...SUITES, ['tests/contracts/tokens/oracle.contract.ts', suite]]);
      expect(portsWithoutSuite(ports, inItsFolder)).to.deep.equal([]);
    });

    it('a suite that disappears', () => {
      const file = 'tests/contracts/tokens/revocation-store.contract.ts';
      const left = new Map([...SUITES].filter(([path]) => path !== file));
      expect(portsWithoutSuite(PORTS, left)).to.deep.equal(['RevocationStore']);
    });

    it('a line for a port that has a suite by now, or that is gone', () => {
      const suite = ['tests/contracts/outbox/a.contract.ts', 'export function topicReaderContract(): void {}'] as const;
      expect(needlessLines(PORTS, new Map([...SUITES, suite]))).to.deep.equal(['TopicReader']);
      const ports = new Map([...PORTS].filter(([name]) => name !== 'EventReplay'));
      expect(needlessLines(ports, SUITES)).to.deep.equal(['EventReplay']);
    });

    for (const [violation, file, source] of [
      [
        'an adapter of src',
        'src/infrastructure/redis/redis-publisher.ts',
        `export class RedisPublisher implements EventPublisher {}`,
      ],
      ['a fake', 'tests/support/outbox/fake.ts', `export class FakePublisher implements Metrics, EventPublisher {}`],
      ['an example', 'examples/adapters/file-publisher.ts', `export class FilePublisher implements EventPublisher {}`],
      ['a second unit of work', 'src/infrastructure/a/b.ts', `export class OracleUnitOfWork implements UnitOfWork {}`],
    ] as const)
      it(`${violation} that no runner tests`, () => {
        const spoiled = adaptersIn(new Map([...ADAPTERS, [file, source]]));
        const [, name = ''] = /class (\w+)/.exec(source) ?? [];
        expect(adaptersWithoutRun(spoiled, RUNNERS).map((each) => each.split(':')[0])).to.include(name);
      });

    it('a runner that no longer calls a suite, or calls it for another adapter', () => {
      const file = 'tests/contracts/adapters/in-memory.spec.ts';
      const runner = RUNNERS.get(file)!;
      for (const [was, becomes] of [
        ['revocationStoreContract(', 'void ('],
        ['new InMemoryRevocationStore(', 'new InMemoryOtherStore('],
      ] as const) {
        const spoiled = new Map([...RUNNERS, [file, runner.replaceAll(was, becomes)]]);
        expect(adaptersWithoutRun(adaptersIn(ADAPTERS), spoiled), was).to.deep.equal([
          notRun('InMemoryRevocationStore', 'revocationStoreContract'),
        ]);
      }
    });

    it('a suite inside of a transaction that one unit of work does not run', () => {
      const file = 'tests/real/contracts/postgres.spec.ts';
      const spoiled = new Map([...RUNNERS, [file, RUNNERS.get(file)!.replaceAll('outboxContract(start)', 'start')]]);
      expect(adaptersWithoutRun(adaptersIn(ADAPTERS), spoiled)).to.deep.equal([
        notRun('PostgresUnitOfWork', 'outboxContract'),
      ]);
    });
  });
});

/** Parsing takes most of the time, and the rules read the same sources many times. */
function remembered<T>(read: (source: string) => T): (source: string) => T {
  const results = new Map<string, T>();
  return (source) => {
    const result = results.get(source) ?? read(source);
    results.set(source, result);
    return result;
  };
}

const suiteOf = (port: string) => `${port.charAt(0).toLowerCase()}${port.slice(1)}Contract`;

function notRun(adapter: string, suite: string): string {
  return (
    `${adapter}: nothing runs ${suite} against this adapter. Run the suite in tests/contracts/adapters/, or in ` +
    'tests/real/contracts/ if it needs a server. See docs/architects/add-an-adapter.md.'
  );
}

function portsWithoutSuite(ports: ReadonlyMap<string, string>, suites: Sources): string[] {
  return [...ports].flatMap(([port, file]) => {
    const [, capability = ''] = /^src\/application\/ports\/(\w+)\//.exec(file) ?? [];
    const there = [...suites].some(
      ([path, source]) =>
        path.startsWith(`tests/contracts/${capability}/`) &&
        exported(source).some(({ name }) => name === suiteOf(port)),
    );
    return there || port in WITHOUT_SUITE ? [] : port;
  });
}

function needlessLines(ports: ReadonlyMap<string, string>, suites: Sources): string[] {
  const functions = new Set([...suites.values()].flatMap((source) => exported(source).map(({ name }) => name)));
  return Object.keys(WITHOUT_SUITE).filter((port) => !ports.has(port) || functions.has(suiteOf(port)));
}

type Adapter = { readonly name: string; readonly port: string; readonly file: string };

/** Exported classes that implement ports, once for each port. */
function adaptersIn(sources: Sources): Adapter[] {
  return [...sources].flatMap(([file, source]) =>
    exported(source).flatMap(({ name, node }) =>
      ts.isClassDeclaration(node)
        ? heritage(node, ts.SyntaxKind.ImplementsKeyword)
            .filter((port) => PORTS.has(port))
            .map((port) => ({ name, port, file }))
        : [],
    ),
  );
}

/** Adapters that no call of the port's suite is about: the describe() around the call must name the adapter. */
function adaptersWithoutRun(adapters: readonly Adapter[], runners: Sources): string[] {
  const calls = [...runners.values()].flatMap(suiteCalls);
  return adapters.flatMap(({ name, port }) => {
    if (name in NOT_RUN || port in WITHOUT_SUITE || INSIDE_A_TRANSACTION.includes(port)) return [];
    const suites = [port, ...(port === 'UnitOfWork' ? INSIDE_A_TRANSACTION : [])].map(suiteOf);
    return suites
      .filter((suite) => !calls.some((call) => call.suite === suite && call.names.has(name)))
      .map((suite) => notRun(name, suite));
  });
}

/** Each call of a suite, with all names in the describe() that is about one adapter. */
function suiteCallsIn(source: string): { readonly suite: string; readonly names: ReadonlySet<string> }[] {
  return nodesIn(parse(source)).flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return [];
    const suite = node.expression.text;
    if (!/Contract$/.test(suite)) return [];
    const names = nodesIn(aroundAdapter(node)).flatMap((each) => (ts.isIdentifier(each) ? each.text : []));
    return [{ suite, names: new Set(names) }];
  });
}

/**
 * The innermost describe() whose title does not only name a port inside of a transaction. When the title is a variable, the
 * describe() around it names the adapters.
 */
function aroundAdapter(call: ts.Node): ts.Node {
  let node = call;
  while (!ts.isSourceFile(node)) {
    node = node.parent;
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'describe') continue;
    const [title] = node.arguments;
    if (title && ts.isStringLiteral(title) && !INSIDE_A_TRANSACTION.includes(title.text)) return node;
  }
  return node;
}
