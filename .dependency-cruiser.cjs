/**
 * What each part of src/ may import, npm packages and Node's own modules included. Deny by default: what is not listed
 * here is an error, and so is a folder that has no line here. tests/architecture/dependency-rules.spec.ts runs the rules
 * and proves that each of them can fail.
 */
const npm = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);
const node = (...names) => names.map((name) => `^(node:)?${name}$`);

const DOMAIN = '^src/domain/';
const APPLICATION = '^src/application/';
const PORTS = '^src/application/ports/';
const MESSAGES = '^src/application/messages/';
const MODULES = '^src/(infrastructure|interfaces)/[^/]+/[^/]+[.]module[.]ts$';
const CONFIG = '^src/config/';
const COMPOSITION_ROOT = '^src/container[.]ts$';
const CLOSING = '^src/closing-container[.]ts$';
const STOPPING = '^src/stopping[.]ts$';
/** Allowed by the layers' rules, so that one rule of its own says where exactly. */
const INVERSIFY = npm('inversify');
const REFLECT_METADATA = npm('reflect-metadata');

/** Files at `from` import what is listed and nothing else. */
const only = (name, from, mayImport, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: mayImport, couldNotResolve: false },
});

const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/** An adapter fulfils ports. It never calls a use case. Other adapters: see adapters-are-strangers. */
const adapter = (folder, packages) =>
  only(
    `${folder}-inward`,
    `^src/infrastructure/${folder}/`,
    [DOMAIN, PORTS, MESSAGES, '^src/infrastructure/', ...INVERSIFY, ...packages],
    `The packages of ${folder} are known to this folder alone.`,
  );

/** What drives the application calls use cases, and never an adapter. Other drivers: see drivers-are-strangers. */
const driver = (folder, packages) =>
  only(
    `${folder}-inward`,
    `^src/interfaces/${folder}/`,
    [DOMAIN, APPLICATION, '^src/interfaces/', ...INVERSIFY, ...packages],
    `The packages of ${folder} are known to this folder alone.`,
  );

const layers = [
  only('domain-pure', DOMAIN, [DOMAIN], 'The domain is plain synchronous TypeScript: no npm, no Node.'),
  only(
    'application-inward',
    `${APPLICATION}(?!messages/)`,
    [DOMAIN, APPLICATION],
    'Use cases and ports: no npm, no Node.',
  ),
  only(
    'messages-inward',
    MESSAGES,
    [DOMAIN, MESSAGES, ...npm('zod')],
    'The published contract knows the events of the domain and schemas.',
  ),

  adapter('persistence', [...npm('@mikro-orm/[^/]+', 'pg', 'rate-limiter-flexible'), ...node('crypto')]),
  adapter('messaging', [...npm('@platformatic/kafka', 'kafkajs'), ...node('net', 'tls')]),
  adapter('security', [...npm('jose', 'jsonwebtoken'), ...node('buffer', 'crypto')]),
  adapter('system', [...npm('pino', 'prom-client', 'uuid'), ...node('async_hooks', 'crypto')]),

  driver('http', [
    ...npm('koa', '@koa/cors', '@koa/router', 'koa-bodyparser', 'koa-compress', 'zod', 'zod-openapi'),
    ...node('buffer', 'crypto', 'fs/promises', 'http', 'net', 'stream', 'url', 'util'),
  ]),
  driver('worker', []),
  only(
    'cli-inward',
    '^src/interfaces/cli/',
    [DOMAIN, APPLICATION, '^src/interfaces/', ...node('buffer', 'crypto', 'fs/promises', 'path', 'util')],
    'The doctor and the commands of the outbox call use cases, and need no package and no container.',
  ),

  only(
    'config-alone',
    CONFIG,
    [CONFIG, ...npm('zod'), ...node('buffer', 'crypto', 'fs')],
    'Settings depend on nothing of ours. A secret may be in a file, and a key must be one.',
  ),
  only(
    'container-wires',
    COMPOSITION_ROOT,
    [APPLICATION, MODULES, CLOSING, `${CONFIG}config[.]ts$`, ...INVERSIFY, ...REFLECT_METADATA, ...node('os')],
    'The composition root knows use cases, ports and modules, and no adapter by name.',
  ),
  only(
    'container-closes',
    CLOSING,
    [STOPPING, ...INVERSIFY],
    'It knows what is bound, and neither settings nor adapters.',
  ),
  only('stopping-alone', STOPPING, [STOPPING], 'Stages, failures and a time limit: anything can be stopped so.'),
  only(
    'app-starts',
    '^src/app[.]ts$',
    [PORTS, '^src/interfaces/', '^src/(config/config|container)[.]ts$', CLOSING, STOPPING, ...INVERSIFY],
    'Starting and stopping needs ports and drivers. Which adapters there are, the container decides.',
  ),
  only(
    'commands-wire',
    '^src/commands[.]ts$',
    [
      PORTS,
      `${APPLICATION}(outbox/|tokens/authenticate[.]ts$)`,
      '^src/infrastructure/',
      '^src/interfaces/cli/',
      `${CONFIG}(config|partial-config)[.]ts$`,
      STOPPING,
      ...node('crypto'),
    ],
    'The commands are wired by hand: the container needs a valid configuration, and a command only one or two adapters.',
  ),
  only(
    'main-enters',
    '^src/main[.]ts$',
    [PORTS, '^src/(app|commands|config/config)[.]ts$', '^src/interfaces/cli/exit-codes[.]ts$'],
    'The entry of the process reads settings, handles signals and sets the exit code. Everything else is elsewhere.',
  ),
];

module.exports = {
  forbidden: [
    ...layers,
    never(
      'adapters-are-strangers',
      { path: '^src/infrastructure/([^/]+)/' },
      { path: '^src/infrastructure/', pathNot: '^src/infrastructure/$1/' },
      'Each technology can be replaced by itself.',
    ),
    never(
      'drivers-are-strangers',
      { path: '^src/interfaces/([^/]+)/' },
      { path: '^src/interfaces/', pathNot: '^src/interfaces/$1/' },
      'HTTP and the relay can run in different processes.',
    ),
    never(
      'modules-in-container',
      { path: '^src/', pathNot: COMPOSITION_ROOT },
      { path: MODULES },
      'One list says of what the service is made.',
    ),
    never(
      'ports-first',
      { path: PORTS },
      { path: APPLICATION, pathNot: [PORTS, MESSAGES] },
      'Use cases ask ports; a port knows nobody who asks.',
    ),
    never(
      'use-cases-without-operations',
      { path: APPLICATION, pathNot: [`${PORTS}operations/`] },
      { path: `${PORTS}operations/` },
      'A port that a use case needs lies in the folder of its capability. Logs, metrics and limits are for drivers and adapters.',
    ),
    never(
      'inversify-at-the-rim',
      { path: '^src/', pathNot: [MODULES, COMPOSITION_ROOT, CLOSING, '^src/app[.]ts$'] },
      { path: [...INVERSIFY, ...REFLECT_METADATA] },
      'Classes get their parts through constructors and do not know of a container.',
    ),
    never(
      'logger-writes',
      { path: '^src/', pathNot: '^src/infrastructure/system/pino-logger[.]ts$' },
      { path: npm('pino') },
      'One adapter writes the log. Everything else is given a logger.',
    ),
    never(
      'app-builds-no-container',
      { path: '^src/app[.]ts$' },
      { path: INVERSIFY, dependencyTypesNot: ['type-only'] },
      'It is given one by container.ts, and needs its types alone.',
    ),
    never(
      'commands-on-demand',
      { path: '^src/main[.]ts$' },
      { path: '^src/commands[.]ts$', dynamic: false },
      'A service that starts does not load the commands.',
    ),
    never(
      'migrations-in-one-list',
      { path: '^src/', pathNot: '^src/infrastructure/persistence/migrations/migrations[.]ts$' },
      { path: '^src/infrastructure/persistence/migrations/[0-9]' },
      'A migration is frozen: only the list of migrations imports it.',
    ),
    never('no-circular', { path: '^src/' }, { circular: true }, 'Imports of types count as well.'),
    never(
      'no-unresolvable',
      { path: '^src/' },
      { couldNotResolve: true },
      'An alias that leads nowhere keeps every rule.',
    ),
    never(
      'no-orphans',
      { path: '^src/main[.]ts$' },
      { path: '^src/', reachable: false },
      'What main.ts does not reach is dead code.',
    ),
    never('no-barrels', { path: '^src/' }, { path: '(^|/)index[.]ts$' }, 'A barrel hides where things are.'),
    never(
      'no-re-exports',
      { path: '^src/' },
      { path: '^src/', dependencyTypes: ['export'] },
      'So does a file that passes on.',
    ),
    never(
      'dependencies-only',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-optional', 'npm-peer', 'npm-unknown'] },
      'What runs in production is under "dependencies" in package.json.',
    ),
  ],
  // Every file has a line above: src/utils/ would not.
  allowed: layers.map(({ from }) => ({ from, to: {} })),
  allowedSeverity: 'error',
  options: {
    // Types too: a type that leaks is a dependency that leaks.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    doNotFollow: { path: 'node_modules' },
    // No file of the tree is a symbolic link, so the resolver need not look for links.
    preserveSymlinks: true,
    // "source" takes #domain/* to src/, as the tests do.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
