import type { PlantedFault } from './planted-fault.ts';

const CLOCK = 'src/infrastructure/system/system-clock.ts';
const FIXED = 'tests/support/system/fixed-clock.ts';
const TIMER = 'src/infrastructure/system/system-timer.ts';
const IDS = 'src/infrastructure/system/uuid-v7-generator.ts';
const FAKE_IDS = 'tests/support/system/sequential-ids.ts';
const SCOPE = 'src/infrastructure/system/async-local-request-scope.ts';
const LIMITER = 'tests/support/in-memory/in-memory-rate-limiter.ts';
const LOGGER = 'src/infrastructure/system/pino-logger.ts';
const FAKE_LOGGER = 'tests/support/system/recording-logger.ts';
const METRICS = 'src/infrastructure/system/prometheus-metrics.ts';
const OPERATIONS = 'tests/support/in-memory/in-memory-operations.ts';
const ofClock = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'SystemClock' };
const ofFixedClock = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'FixedClock' };
const ofTimer = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'SystemTimer' };
const ofIds = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'UuidV7Generator' };
const ofFakeIds = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'SequentialIds' };
const ofScope = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'AsyncLocalRequestScope' };
const ofLimiter = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryRateLimiter' };
const ofLogger = { spec: 'tests/contracts/adapters/in-process.spec.ts', only: 'PinoLogger' };
const ofFakeLogger = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'RecordingLogger' };
const ofMetrics = { spec: 'tests/infrastructure/system/prometheus-metrics.spec.ts' };
const ofDatabase = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryDatabaseHealth' };
const ofBacklog = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryOutboxHealth' };
const ofRetention = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryEventRetention' };
const ofMigrations = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemorySchemaMigrations' };
const ofPause = { spec: 'tests/contracts/adapters/in-memory.spec.ts', only: 'InMemoryRelayPause' };

/** Faults of clocks, ids, limits, logs, metrics and of what operators need. */
export const SYSTEM_FAULTS: readonly PlantedFault[] = [
  {
    name: 'The clock stands still.',
    file: CLOCK,
    was: 'return new Date();',
    becomes: 'return (this.first ??= new Date());',
    caughtBy: ofClock,
  },
  {
    name: 'The clock tells whole seconds.',
    file: CLOCK,
    was: 'return new Date();',
    becomes: 'return new Date(Math.floor(Date.now() / 1000) * 1000);',
    caughtBy: ofClock,
  },
  {
    name: 'The clock is a minute late.',
    file: CLOCK,
    was: 'return new Date();',
    becomes: 'return new Date(Date.now() - 60_000);',
    caughtBy: ofClock,
  },
  {
    name: 'The clock gives its own instant away.',
    file: FIXED,
    was: 'return new Date(this.instant);',
    becomes: 'return this.instant;',
    caughtBy: ofFixedClock,
  },
  {
    name: 'The timer counts seconds.',
    file: TIMER,
    was: 'performance.now()',
    becomes: 'performance.now() / 1000',
    caughtBy: ofTimer,
  },
  {
    name: 'The timer pauses for seconds.',
    file: TIMER,
    was: 'setTimeout(finish, milliseconds)',
    becomes: 'setTimeout(finish, milliseconds / 1000)',
    caughtBy: ofTimer,
  },
  {
    name: 'The timer ignores the signal.',
    file: TIMER,
    was: `stop.addEventListener('abort', finish);`,
    becomes: '',
    caughtBy: ofTimer,
  },
  {
    name: 'Ids repeat when two are made at once.',
    file: IDS,
    was: `    this.seq += 1;
`,
    becomes: '',
    caughtBy: ofIds,
  },
  {
    name: 'Ids of one millisecond are in no order.',
    file: IDS,
    was: 'return v7({ random, msecs: this.msecs, seq: this.seq });',
    becomes: 'return v7({ random, msecs: this.msecs });',
    caughtBy: ofIds,
  },
  {
    name: 'Ids have a time in seconds.',
    file: IDS,
    was: 'const now = Date.now();',
    becomes: 'const now = Math.floor(Date.now() / 1000);',
    caughtBy: ofIds,
  },
  {
    name: 'Ids are written in capitals.',
    file: IDS,
    was: 'return v7({ random, msecs: this.msecs, seq: this.seq });',
    becomes: 'return v7({ random, msecs: this.msecs, seq: this.seq }).toUpperCase();',
    caughtBy: ofIds,
  },
  {
    name: 'Two generators return the same ids.',
    file: FAKE_IDS,
    was: `    SequentialIds.generators += 1;
`,
    becomes: '',
    caughtBy: ofFakeIds,
  },
  {
    name: 'All requests share one identity.',
    file: SCOPE,
    was: 'return this.storage.run(identity, work);',
    becomes: `this.storage.enterWith(identity);
    return work();`,
    caughtBy: ofScope,
  },
  {
    name: 'A scope outlives its request.',
    file: SCOPE,
    was: 'return this.storage.getStore();',
    becomes: 'return (this.last = this.storage.getStore() ?? this.last);',
    caughtBy: ofScope,
  },
  {
    name: 'The limiter allows one action too many.',
    file: LIMITER,
    was: 'count.taken < limit',
    becomes: 'count.taken <= limit',
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter allows one action too few.',
    file: LIMITER,
    was: 'count.taken < limit',
    becomes: 'count.taken < limit - 1',
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter has a window of milliseconds.',
    file: LIMITER,
    was: 'windowSeconds * 1000',
    becomes: 'windowSeconds',
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter counts all keys together.',
    file: LIMITER,
    was: 'counts.get(`${name}:${key}`)',
    becomes: 'counts.get(`${name}:`)',
    caughtBy: ofLimiter,
  },
  {
    name: 'Refused actions extend the window.',
    file: LIMITER,
    was: 'if (allowed) count.taken += 1;',
    becomes: `if (allowed) count.taken += 1;
    else counts.set(\`\${name}:\${key}\`, { taken: count.taken, until: now + windowSeconds * 1000 });`,
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter tells one action too many that remain.',
    file: LIMITER,
    was: 'remaining: limit - count.taken',
    becomes: 'remaining: limit - count.taken + 1',
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter refuses everything while the storage is away.',
    file: LIMITER,
    was: 'const allowed = count.taken < limit;',
    becomes: 'const allowed = count.taken < limit && !this.database.away;',
    caughtBy: ofLimiter,
  },
  {
    name: 'The limiter allows everything while the storage is away.',
    file: LIMITER,
    was: 'const allowed = count.taken < limit;',
    becomes: 'const allowed = count.taken < limit || this.database.away;',
    caughtBy: ofLimiter,
  },
  {
    name: 'A window opens again a moment too late.',
    file: LIMITER,
    was: 'known.until > now',
    becomes: 'known.until >= now',
    caughtBy: ofLimiter,
  },
  {
    name: 'Warnings are written as information.',
    file: LOGGER,
    was: 'this.pino.warn(fields, message)',
    becomes: 'this.pino.info(fields, message)',
    caughtBy: ofLogger,
  },
  {
    name: 'Lines lose their fields.',
    file: LOGGER,
    was: 'this.pino.error(fields, message)',
    becomes: 'this.pino.error(message)',
    caughtBy: ofLogger,
  },
  {
    name: 'The fake logger forgets lines of the level debug.',
    file: FAKE_LOGGER,
    was: `this.lines.push({ level: 'debug', fields, message });`,
    becomes: '',
    caughtBy: ofFakeLogger,
  },
  {
    name: 'Published events are counted one by one, whatever their number.',
    file: METRICS,
    was: '.inc(count)',
    becomes: '.inc()',
    caughtBy: ofMetrics,
  },
  {
    name: 'A standby counts as healthy.',
    file: OPERATIONS,
    was: `    if (this.database.isStandby) throw new Error('The database accepts no writes.');
`,
    becomes: '',
    caughtBy: ofDatabase,
  },
  {
    name: 'A database that is away counts as healthy.',
    file: OPERATIONS,
    was: `  async check(): Promise<void> {
    await this.database.connect();`,
    becomes: `  async check(): Promise<void> {
    await this.database.connect().catch(() => undefined);`,
    caughtBy: ofDatabase,
  },
  {
    name: 'The backlog counts parked messages and not parked keys.',
    file: OPERATIONS,
    was: '[...heads.values()].filter((refusal) => refusal !== null).length',
    becomes: 'parked.length',
    caughtBy: ofBacklog,
  },
  {
    name: 'The backlog counts freed keys.',
    file: OPERATIONS,
    was: '[...heads.values()].filter((refusal) => refusal !== null).length',
    becomes: 'heads.size',
    caughtBy: ofBacklog,
  },
  {
    name: 'The backlog tells milliseconds.',
    file: OPERATIONS,
    was: '(this.database.now() - written) / 1000',
    becomes: 'this.database.now() - written',
    caughtBy: ofBacklog,
  },
  {
    name: 'The backlog tells the age of the newest message.',
    file: OPERATIONS,
    was: 'const [oldest] = outbox;',
    becomes: 'const oldest = outbox.at(-1);',
    caughtBy: ofBacklog,
  },
  {
    name: 'The backlog counts for ever.',
    file: OPERATIONS,
    was: 'waiting: Math.min(outbox.length, MOST_COUNTED)',
    becomes: 'waiting: outbox.length',
    caughtBy: ofBacklog,
  },
  {
    name: 'Retention removes an hour too early.',
    file: OPERATIONS,
    was: 'this.retentionHours * HOUR_MS',
    becomes: '(this.retentionHours - 1) * HOUR_MS',
    caughtBy: ofRetention,
  },
  {
    name: 'Retention removes nothing.',
    file: OPERATIONS,
    was: 'this.database.retained = this.database.retained.filter((event) => !old.includes(event));',
    becomes: '',
    caughtBy: ofRetention,
  },
  {
    name: 'Retention removes the newest first.',
    file: OPERATIONS,
    was: '.slice(0, AT_ONCE)',
    becomes: '.slice(-AT_ONCE)',
    caughtBy: ofRetention,
  },
  {
    name: 'Retention never says that more is left.',
    file: OPERATIONS,
    was: 'return old.length === AT_ONCE;',
    becomes: 'return false;',
    caughtBy: ofRetention,
  },
  {
    name: 'Migrations run again and again.',
    file: OPERATIONS,
    was: `    for (const name of pending) this.database.migrated.add(name);
`,
    becomes: '',
    caughtBy: ofMigrations,
  },
  {
    name: 'Migrations do not tell what they have done.',
    file: OPERATIONS,
    was: `migrated.add(name);
    return pending;`,
    becomes: `migrated.add(name);
    return [];`,
    caughtBy: ofMigrations,
  },
  {
    name: 'A second pause replaces the first.',
    file: OPERATIONS,
    was: 'this.database.pause ??= {',
    becomes: 'this.database.pause = {',
    caughtBy: ofPause,
  },
  {
    name: 'A pause is always new.',
    file: OPERATIONS,
    was: 'const isNew = this.database.pause === undefined;',
    becomes: 'const isNew = true;',
    caughtBy: ofPause,
  },
  {
    name: 'A pause never ends.',
    file: OPERATIONS,
    was: `    this.database.pause = undefined;
`,
    becomes: '',
    caughtBy: ofPause,
  },
  {
    name: 'A pause forgets its reason.',
    file: OPERATIONS,
    was: 'since: new Date(this.database.now()), reason }',
    becomes: 'since: new Date(this.database.now()), reason: null }',
    caughtBy: ofPause,
  },
];
