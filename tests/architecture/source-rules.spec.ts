import { expect } from 'chai';
import ts from 'typescript';
import {
  classesIn,
  filesIn,
  heritage,
  isMarked,
  nodesIn,
  parse,
  PORTS,
  portsOf,
  read,
  SOURCE_FILES,
} from './source-tree.ts';

/** Rules that imports alone cannot show. Each has sources that break it, and sources that only seem to break it. */
type SourceRule = {
  readonly rule: string;
  readonly files: readonly string[];
  readonly violations: (source: string) => string[];
  readonly bad: readonly string[];
  readonly good: readonly string[];
};

/** Classes of adapters with connections, and the function that makes an ORM. */
const CLOSABLE = new Set([
  'createOrm',
  ...filesIn('src/infrastructure')
    .flatMap((file) => classesIn(read(file)))
    .filter(
      (node) =>
        (hasMethod(node, 'close') || heritage(node, ts.SyntaxKind.ExtendsKeyword).includes('pg.Pool')) &&
        !heritage(node, ts.SyntaxKind.ImplementsKeyword).some((port) =>
          classesIn(read(PORTS.get(port) ?? '')).some(
            (abstract) => abstract.name?.text === port && hasMethod(abstract, 'close'),
          ),
        ),
    )
    .flatMap(({ name }) => name?.text ?? []),
]);

function hasMethod(node: ts.ClassDeclaration, method: string): boolean {
  return node.members.some((member) => ts.isMethodDeclaration(member) && member.name.getText() === method);
}

const RULES: SourceRule[] = [
  {
    rule: 'the domain is synchronous, and uses neither a clock nor random numbers',
    files: filesIn('src/domain'),
    violations: impurities,
    bad: [
      `async function load() {}`,
      `const load = async () => 1;`,
      `await load();`,
      `for await (const item of items);`,
      `type Later = Promise<string>;`,
      `Promise.resolve(1);`,
      `const now = new Date();`,
      `const now = Date.now();`,
      `const now = Date();`,
      `const id = Math.random();`,
      `const id = crypto.randomUUID();`,
      `const home = process.env['HOME'];`,
      `const all = globalThis;`,
      `const parts = { process };`,
      `setTimeout(stop, 10);`,
    ],
    good: [
      `// async, await, Promise, Date.now(), new Date(), process`,
      `const text = 'await Promise';`,
      `const at = new Date(0), largest = Math.max(1, 2);`,
      `type Step = { process: string }; const name = step.process, copy = { process: name };`,
    ],
  },
  {
    rule: 'only main.ts writes to the console',
    files: SOURCE_FILES.filter((file) => file !== 'src/main.ts'),
    violations: (source) => uses(source, ['console']),
    bad: [`console.log('here');`, `const { log } = console;`],
    good: [`// console.log('here')`, `logger.info({}, 'console');`],
  },
  {
    rule: 'names of classes and types have no technical prefix or suffix',
    files: SOURCE_FILES,
    violations: (source) =>
      declaredTypes(source).filter((name) => /^I[A-Z][a-z]|(Impl|Port|Service|Manager|Helper)$/.test(name)),
    bad: [
      `export type IClock = { now(): Date };`,
      `interface IClock { now(): Date }`,
      `export class ClockImpl {}`,
      `export abstract class ClockPort {}`,
      `class OpportunityService {}`,
      `class OpportunityManager {}`,
      `class OpportunityHelper {}`,
    ],
    good: [
      `class IdGenerator {}`,
      `class InMemoryClock {}`,
      `type Report = string;`,
      `class SystemClock implements IClock {}`,
    ],
  },
  {
    rule: 'there are no default exports',
    files: SOURCE_FILES,
    violations: defaultExports,
    bad: [`export default class Clock {}`, `export default 1;`, `export { clock as default };`, `export = clock;`],
    good: [`export class Clock {}`, `switch (x) { default: stop(); }`, `import pg from 'pg';`],
  },
  {
    rule: 'import paths are literal texts, so that the dependency rules can read them',
    files: SOURCE_FILES,
    violations: computedImports,
    bad: ['await import(name);', 'await import(`#domain/${name}`);', `const require = createRequire(import.meta.url);`],
    good: [`await import('zod');`, `import { z } from 'zod';`],
  },
  {
    rule: 'the application names no technology of its adapters',
    files: filesIn('src/application'),
    violations: technologies,
    bad: [
      `const id = headers['ce_id'];`,
      `type Place = { readonly partition: number };`,
      `const BATCH = { kafkaLimit: 500 };`,
      `import { Kafka } from 'kafkajs';`,
      'const text = `SELECT 1 FROM postgres`;',
    ],
    good: [`// Kafka calls a shard a partition: ce_id, PostgreSQL`, `const shard = 0, service = 'once', once_per = 1;`],
  },
  {
    rule: 'an adapter is opened and closed by its own binding, because Inversify does not wait for a deactivation of a module',
    // This file waits for deactivations of the modules that others give to the service.
    files: SOURCE_FILES.filter((file) => file !== 'src/closing-container.ts'),
    violations: deactivationsApart,
    bad: [
      `new ContainerModule(({ bind, onDeactivation }) => { onDeactivation(MikroORM, (orm) => orm.close()); });`,
      `new ContainerModule(({ onDeactivation: atTheEnd }) => { atTheEnd(MikroORM, close); });`,
      `new ContainerModule((options) => { options.onDeactivation(MikroORM, close); });`,
      `new ContainerModule((options) => { options['onDeactivation'](MikroORM, close); });`,
      `new ContainerModule((options) => { const { onDeactivation } = options; });`,
      `new ContainerModule(({ onActivation }) => { onActivation(Kafka, (kafka) => kafka.connect()); });`,
      `container.onDeactivation(MikroORM, (orm) => orm.close());`,
    ],
    good: [
      `bind(MikroORM).toResolvedValue(create, [Logger]).inSingletonScope().onDeactivation((orm) => orm.close());`,
      `rebind(Kafka).toConstantValue(kafka).onActivation((given) => given);`,
      `// onDeactivation(MikroORM, close)`,
    ],
  },
  {
    rule: 'an adapter that can be closed is bound together with its end',
    files: filesIn('src/infrastructure').filter((file) => file.endsWith('.module.ts')),
    violations: boundWithoutEnd,
    bad: [
      `bind(EventPublisher).toResolvedValue((kafka: Kafka) => new KafkaEventPublisher(kafka, topic), [Kafka]);`,
      `bind(RateLimitPool).toResolvedValue(() => new RateLimitPool(settings, logger)).inSingletonScope();`,
      `bind(MikroORM).toDynamicValue(() => createOrm(settings, logger));`,
      `bind(BrokerHealth).toConstantValue(new KafkaBrokerHealth(kafka, topic)).onActivation((health) => health);`,
    ],
    good: [
      `bind(RateLimitPool).toResolvedValue(() => new RateLimitPool()).inSingletonScope().onDeactivation((pool) => pool.end());`,
      `bind(UserEvents).toResolvedValue((kafka: Kafka) => new KafkaUserEvents(kafka, topic, logger), [Kafka]);`,
      `bind(Clock).toResolvedValue(() => new SystemClock());`,
    ],
  },
  {
    rule: 'adapters implement only ports',
    files: filesIn('src/infrastructure'),
    violations: implementedOtherThanPorts,
    bad: [
      `class SystemClock implements Clock {}`,
      `import type { Clock } from './clock.ts'; class SystemClock implements Clock {}`,
      `import type { Outbox } from '#application/ports/system/clock'; class PostgresOutbox implements Outbox {}`,
      `import type { LogFields } from '#application/ports/operations/logger'; class Fields implements LogFields {}`,
      `import { ApplicationError } from '#application/ports/application-error'; class Oops implements ApplicationError {}`,
    ],
    good: [
      `import type { Clock } from '#application/ports/system/clock'; class SystemClock implements Clock {}`,
      `class CreateOutboxTable extends Migration {}`,
    ],
  },
  {
    rule: 'each file in application/ports has a port',
    // This file has only the errors that ports throw, and no port.
    files: filesIn('src/application/ports').filter((file) => !file.endsWith('/application-error.ts')),
    violations: (source) => (portsOf(source).length > 0 ? [] : ['no exported abstract class']),
    bad: [
      `export class Clock {}`,
      `abstract class Clock {}`,
      `export type Clock = { now(): Date };`,
      `export abstract class ClockStopped extends Error {}`,
    ],
    good: [`export abstract class Clock { abstract now(): Date }`],
  },
];

describe('the source rules', () => {
  for (const { rule, files, violations, bad, good } of RULES)
    describe(rule, () => {
      it('is kept', () => {
        expect(files).not.to.deep.equal([]);
        expect(files.flatMap((file) => violations(read(file)).map((what) => `${file}: ${what}`))).to.deep.equal([]);
      });

      it('can fail', () => {
        expect(bad.filter((source) => violations(source).length === 0)).to.deep.equal([]);
        expect(good.filter((source) => violations(source).length > 0)).to.deep.equal([]);
      });
    });

  it('every port has an adapter', () => {
    const implemented = filesIn('src/infrastructure').flatMap((file) => implementedBy(read(file)));
    expect(PORTS).not.to.be.empty;
    expect([...new Set(implemented)]).to.have.members([...PORTS.keys()]);
  });

  it('no folder has a name such as utils, common, shared or helpers', () => {
    const misplaced = (file: string) => /\/(utils?|common|shared|helpers?)\//.test(file);
    expect(SOURCE_FILES.filter(misplaced)).to.deep.equal([]);
    expect(['src/utils/dates.ts', 'src/domain/shared/text.ts'].filter(misplaced)).to.have.length(2);
  });
});

function impurities(source: string): string[] {
  const found = nodesIn(parse(source)).filter(
    (node) =>
      node.kind === ts.SyntaxKind.AsyncKeyword ||
      node.kind === ts.SyntaxKind.AwaitKeyword ||
      ts.isAwaitExpression(node) ||
      (ts.isPropertyAccessExpression(node) && ['Date.now', 'Math.random'].includes(node.getText())) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) ||
      (ts.isCallExpression(node) && node.expression.getText() === 'Date'),
  );
  const globals = ['Promise', 'crypto', 'fetch', 'globalThis', 'performance', 'process', 'queueMicrotask'];
  const timers = ['setImmediate', 'setInterval', 'setTimeout'];
  return [...found.map((node) => node.getText()), ...uses(source, [...globals, ...timers])];
}

/** The names in the list that a source uses as identifiers, and not as property names. */
function uses(source: string, names: readonly string[]): string[] {
  return nodesIn(parse(source))
    .filter(ts.isIdentifier)
    .filter(
      (node) => names.includes(node.text) && (ts.isShorthandPropertyAssignment(node.parent) || !namesParent(node)),
    )
    .map((node) => node.parent.getText());
}

function namesParent(node: ts.Identifier): boolean {
  return 'name' in node.parent && node.parent.name === node;
}

/** Identifiers and texts that name Kafka, its partitions, its headers, or PostgreSQL. */
function technologies(source: string): string[] {
  return nodesIn(parse(source)).flatMap((node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node);
    if (!ts.isIdentifier(node) && !isText) return [];
    return /kafka|partition|postgres|mikro|\bce_/i.test(node.text) ? [node.text] : [];
  });
}

function declaredTypes(source: string): string[] {
  return nodesIn(parse(source)).flatMap((node) => {
    const declared = ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
    return declared && node.name ? node.name.text : [];
  });
}

function defaultExports(source: string): string[] {
  return nodesIn(parse(source))
    .filter(
      (node) =>
        ts.isExportAssignment(node) ||
        isMarked(node, ts.SyntaxKind.DefaultKeyword) ||
        (ts.isExportSpecifier(node) && node.name.text === 'default'),
    )
    .map((node) => node.getText());
}

function computedImports(source: string): string[] {
  const computed = nodesIn(parse(source)).filter(
    (node) =>
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      !node.arguments.every(ts.isStringLiteral),
  );
  return [...computed.map((node) => node.getText()), ...uses(source, ['createRequire', 'require'])];
}

/** Uses of onActivation and onDeactivation other than directly after a binding: bind(…).to…(…).onDeactivation(…). */
function deactivationsApart(source: string): string[] {
  const isHook = (text: string) => ['onActivation', 'onDeactivation'].includes(text);
  return nodesIn(parse(source))
    .filter((node) => (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && isHook(node.text))
    .filter(({ parent }) => !ts.isPropertyAccessExpression(parent) || !ts.isCallExpression(parent.expression))
    .map((node) => node.parent.getText());
}

/** Bindings of something with an end that have no deactivation. A worker closes the adapters whose port has a close(). */
function boundWithoutEnd(source: string): string[] {
  const isBinding = /^to(Resolved|Dynamic|Constant)Value$/;
  return nodesIn(parse(source)).flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    if (!isBinding.test(node.expression.name.text)) return [];
    const made = node.arguments.flatMap(nodesIn).flatMap((inner) => {
      if (ts.isNewExpression(inner)) return inner.expression.getText();
      return ts.isCallExpression(inner) ? inner.expression.getText() : [];
    });
    let statement: ts.Node = node;
    while (!ts.isStatement(statement)) statement = statement.parent;
    const hasEnd = statement
      .getText()
      .slice(node.getEnd() - statement.getStart())
      .includes('.onDeactivation(');
    return !hasEnd && made.some((name) => CLOSABLE.has(name)) ? [node.getText()] : [];
  });
}

function implementedBy(source: string): string[] {
  return classesIn(source).flatMap((node) => heritage(node, ts.SyntaxKind.ImplementsKeyword));
}

function implementedOtherThanPorts(source: string): string[] {
  const origin = new Map(
    nodesIn(parse(source)).flatMap((node) =>
      ts.isImportSpecifier(node)
        ? [[node.name.text, node.parent.parent.parent.moduleSpecifier.getText().slice(1, -1)] as const]
        : [],
    ),
  );
  const isPort = (name: string) => {
    const file = PORTS.get(name);
    return file !== undefined && origin.get(name)?.replace('#', 'src/').concat('.ts') === file;
  };
  return implementedBy(source).filter((name) => !isPort(name));
}
