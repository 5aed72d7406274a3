import type { PlantedFault } from './planted-fault.ts';

const CONTAINER = 'src/container.ts';
const APP = 'src/app.ts';
const WORKER = 'src/interfaces/worker/worker.module.ts';
const HTTP = 'src/interfaces/http/http.module.ts';
const PERSISTENCE = 'src/infrastructure/persistence/persistence.module.ts';
const MESSAGING = 'src/infrastructure/messaging/messaging.module.ts';
const SYSTEM = 'src/infrastructure/system/system.module.ts';
const SECURITY = 'src/infrastructure/security/security.module.ts';
const ofContainer = { spec: 'tests/architecture/container.spec.ts' };
const ofRevocations = { spec: 'tests/component/tokens/token-revocations.spec.ts' };
const ofHealth = { spec: 'tests/component/operations/health.spec.ts' };
const ofOpportunities = { spec: 'tests/component/opportunities/opportunities-api.spec.ts' };
const ofMetrics = { spec: 'tests/component/operations/metrics.spec.ts' };
const ofLimits = { spec: 'tests/component/http/rate-limits.spec.ts' };
const ofPublicReading = { spec: 'tests/component/opportunities/public-read.spec.ts' };

/** Faults of the composition root: parts that are wired to the wrong part, or to none. */
export const WIRING_FAULTS: readonly PlantedFault[] = [
  {
    name: 'Every use of a part makes a new one.',
    file: CONTAINER,
    was: `defaultScope: 'Singleton'`,
    becomes: `defaultScope: 'Transient'`,
    caughtBy: ofContainer,
  },
  {
    name: 'Replacements of adapters are ignored.',
    file: CONTAINER,
    was: `  container.load(...overrides);
`,
    becomes: '',
    caughtBy: ofContainer,
  },
  {
    name: 'The process has the name of every other process in a container.',
    file: CONTAINER,
    was: 'owner: `${hostname()}:${process.pid}:${Math.round(performance.timeOrigin)}`',
    becomes: 'owner: String(process.pid)',
    caughtBy: ofContainer,
  },
  {
    name: 'Published messages are retained although retention is off.',
    file: CONTAINER,
    was: 'keepsPublished: outbox.retentionHours > 0',
    becomes: 'keepsPublished: true',
    caughtBy: ofContainer,
  },
  {
    name: 'Published messages are never retained.',
    file: CONTAINER,
    was: 'keepsPublished: outbox.retentionHours > 0',
    becomes: 'keepsPublished: false',
    caughtBy: ofContainer,
  },
  {
    name: 'Revocations are stored for as long as events.',
    file: CONTAINER,
    was: 'persistence(database, revocations.lifetimeSeconds, outbox.retentionHours,',
    becomes: 'persistence(database, outbox.retentionHours, revocations.lifetimeSeconds,',
    caughtBy: ofContainer,
  },
  {
    name: 'Authentication asks no revocation cache.',
    file: CONTAINER,
    was: 'new Authenticate(verifier, cache)',
    becomes: 'new Authenticate(verifier, { validAfter: () => (cache, undefined) })',
    caughtBy: ofRevocations,
  },
  {
    name: 'Revoking teaches a cache that nobody asks.',
    file: CONTAINER,
    was: 'new RevokeTokens(store, cache, clock)',
    becomes: 'new RevokeTokens(store, new RevocationCache(store, clock, revocations), (cache, clock))',
    caughtBy: ofRevocations,
  },
  {
    name: 'The cache ignores what the operator wants when it is stale.',
    file: CONTAINER,
    was: 'new RevocationCache(store, clock, revocations)',
    becomes: `new RevocationCache(store, clock, { ...revocations, whenStale: 'open' })`,
    caughtBy: ofRevocations,
  },
  {
    name: 'Changes are committed without waking the relay of another process.',
    file: PERSISTENCE,
    was: 'new PostgresUnitOfWork(orm, wakeUp, requests,',
    becomes: 'new PostgresUnitOfWork(orm, { nudge: () => undefined, wait: async () => (wakeUp, undefined) }, requests,',
    caughtBy: ofContainer,
  },
  {
    name: 'Messages of any size enter the outbox.',
    file: PERSISTENCE,
    was: 'publisher.largestMessageBytes',
    becomes: '(publisher, Infinity)',
    caughtBy: ofContainer,
  },
  {
    name: 'Retention uses another time than the setting.',
    file: PERSISTENCE,
    was: 'new PostgresEventRetention(orm, retentionHours)',
    becomes: 'new PostgresEventRetention(orm, retentionHours * 24)',
    caughtBy: ofContainer,
  },
  {
    name: 'Revocations are stored for another time than the setting.',
    file: PERSISTENCE,
    was: 'new PostgresRevocationStore(pool, tokenLifetimeSeconds)',
    becomes: 'new PostgresRevocationStore(pool, tokenLifetimeSeconds / 60)',
    caughtBy: ofContainer,
  },
  {
    name: 'Migrations have the time limit of requests.',
    file: PERSISTENCE,
    was: 'createOrm({ ...settings, poolMax: 2, statementTimeoutMs: 0 }, logger)',
    becomes: 'createOrm(settings, logger)',
    caughtBy: ofContainer,
  },
  {
    name: 'No worker runs in a relay.',
    file: APP,
    was: `{ worker: RelayWorker, roles: ['all', 'relay'] }`,
    becomes: `{ worker: RelayWorker, roles: ['all'] }`,
    caughtBy: ofHealth,
  },
  {
    name: 'A process with the role api publishes.',
    file: APP,
    was: `{ worker: RelayWorker, roles: ['all', 'relay'] }`,
    becomes: `{ worker: RelayWorker, roles: ['all', 'relay', 'api'] }`,
    caughtBy: ofHealth,
  },
  {
    name: 'A process with the role api reads user events.',
    file: APP,
    was: `{ worker: UserEventWorker, roles: ['all', 'relay'] }`,
    becomes: `{ worker: UserEventWorker, roles: ['all', 'relay', 'api'] }`,
    caughtBy: ofRevocations,
  },
  {
    name: 'No process reads user events.',
    file: APP,
    was: `{ worker: UserEventWorker, roles: ['all', 'relay'] }`,
    becomes: '{ worker: UserEventWorker, roles: [] }',
    caughtBy: ofRevocations,
  },
  {
    name: 'The cache is never refreshed.',
    file: APP,
    was: `{ worker: RevocationCacheWorker, roles: ['all', 'api'] }`,
    becomes: '{ worker: RevocationCacheWorker, roles: [] }',
    caughtBy: ofRevocations,
  },
  {
    name: 'The service starts although the revocations cannot be read.',
    file: APP,
    was: 'workers.map(async (worker) => worker.prepare?.())',
    becomes: 'workers.map(async (worker) => worker.prepare?.().catch(() => undefined))',
    caughtBy: ofRevocations,
  },
  {
    name: 'Workers are never started.',
    file: APP,
    was: 'for (const worker of workers) worker.start();',
    becomes: '',
    caughtBy: ofHealth,
  },
  {
    name: 'The relay is not woken up by this process.',
    file: WORKER,
    was: 'new RelayWorker(relay, wakeUp, logger, metrics, timer)',
    becomes:
      'new RelayWorker(relay, { nudge: () => undefined, wait: () => new Promise((resolve) => setTimeout(resolve, 60_000, wakeUp)) }, logger, metrics, timer)',
    caughtBy: ofHealth,
  },
  {
    name: 'Everybody may read although the setting forbids it.',
    file: HTTP,
    was: ', clock, publicRead)',
    becomes: ', clock, !publicRead)',
    caughtBy: ofPublicReading,
  },
  {
    name: 'Requests are limited by nobody.',
    file: HTTP,
    was: `        limiter,
`,
    becomes: `        limiter: { take: async () => (limiter, { allowed: true, remaining: 1, secondsLeft: 1 }) },
`,
    caughtBy: ofLimits,
  },
  {
    name: 'Requests leave no trace in the metrics.',
    file: HTTP,
    was: `        metrics,
`,
    becomes: `        metrics: Object.assign(Object.create(metrics), { requestAnswered: () => undefined }),
`,
    caughtBy: ofMetrics,
  },
  {
    name: 'Log lines do not name their request.',
    file: SYSTEM,
    was: 'new PinoLogger(logLevel, requests)',
    becomes: 'new PinoLogger(logLevel, (requests, new AsyncLocalRequestScope()))',
    caughtBy: ofContainer,
  },
  {
    name: 'The log level is ignored.',
    file: SYSTEM,
    was: 'new PinoLogger(logLevel, requests)',
    becomes: `new PinoLogger('error', requests)`,
    caughtBy: ofContainer,
  },
  {
    name: 'A service without a broker says that Kafka is up.',
    file: MESSAGING,
    was: 'bind(BrokerHealth).toResolvedValue(() => new NoBroker());',
    becomes: `bind(BrokerHealth).toResolvedValue(() => ({ state: async () => 'up' as const, shards: async () => 1 }));`,
    caughtBy: ofContainer,
  },
  {
    name: 'Events go to another topic.',
    file: MESSAGING,
    was: 'new KafkaEventPublisher(kafka, settings.topic)',
    becomes: `new KafkaEventPublisher(kafka, 'events')`,
    caughtBy: ofContainer,
  },
  {
    name: 'User events are read from the topic of the opportunities.',
    file: MESSAGING,
    was: 'new KafkaUserEvents(kafka, userEventsTopic, logger)',
    becomes: 'new KafkaUserEvents(kafka, settings.topic, logger)',
    caughtBy: ofContainer,
  },
  {
    name: 'Tokens are verified with a clock of its own.',
    file: SECURITY,
    was: 'new SimpleJwtTokenVerifier(settings, clock)',
    becomes: 'new SimpleJwtTokenVerifier(settings, (clock, { now: () => new Date() }))',
    caughtBy: ofOpportunities,
  },
];
