import { type Logger as OrmLogger, MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { Pool } from 'pg';
import type { Logger } from '#application/ports/system/logger';
import { CreateOpportunityTable } from './migrations/0001-create-opportunity-table.ts';
import { CreateOutboxTable } from './migrations/0002-create-outbox-table.ts';
import { AddModerationColumns } from './migrations/0003-add-moderation-columns.ts';
import { CreateIdempotencyKeyTable } from './migrations/0004-create-idempotency-key-table.ts';
import { AddListIndexes } from './migrations/0005-add-list-indexes.ts';
import { AddChangedIn } from './migrations/0006-add-changed-in.ts';
import { CreateRateLimitTable } from './migrations/0007-create-rate-limit-table.ts';
import { CreateTokenRevocationTable } from './migrations/0008-create-token-revocation-table.ts';
import { CreateOutboxCompanions } from './migrations/0009-create-outbox-companions.ts';
import { VacuumPublishedEventsSooner } from './migrations/0010-vacuum-published-events-sooner.ts';
import { OpportunitySchema } from './opportunities/opportunity.schema.ts';
import { closeSilentConnections } from './connections/node-postgres.ts';

export type DatabaseSettings = {
  /** postgresql://… */
  readonly url: string;
  /** The same database without a pooler in between, for what needs a session of its own. Default: url. */
  readonly directUrl?: string | undefined;
  /** Most connections of this process's pool; the relay, its wake-up and the revocations hold one more each, the rate limiter two. */
  readonly poolMax: number;
  /** Milliseconds after which the server cancels a statement; 0 for never. */
  readonly statementTimeoutMs: number;
};

/** Milliseconds to wait for a free or new connection. */
const CONNECT_TIMEOUT_MS = 3000;

/**
 * What the planner must know. Every statement has an index, and estimates of values that go together are often wrong: then
 * it must not read a whole table. Compiling takes longer than any of them. A search for a frequent word marks its rows
 * in memory one by one while there is room, else page by page, and then reads many in vain: 16 MB do for a million rows.
 */
const PLANNER = '-c enable_seqscan=off -c jit=off -c work_mem=16MB';
/**
 * How the server learns that the other end of a session has vanished, so that its locks are free. Of a machine that says
 * nothing any more: by three probes that nobody confirms, or by what it sent and nobody confirmed, in five seconds or six.
 * Of a process that is frozen, whose machine confirms everything: when it has asked for nothing for ten seconds; a relay
 * that runs asks every four at least, whatever Kafka does. Sessions over Unix sockets pass over the first four.
 */
const VANISHING =
  '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000 ' +
  '-c idle_session_timeout=10000';
/** Whatever the server's zone is: instants in UTC are answered as they come. */
const TIME_ZONE = '-c TimeZone=UTC';

/**
 * Milliseconds for which a connection may be in use: for one statement that is late, and another one. The server cannot
 * cancel anything while it is frozen or cut off; then the client gives up by itself.
 */
export function patience({ statementTimeoutMs }: DatabaseSettings): number {
  return 2 * statementTimeoutMs + 2000;
}

/** What every connection to the database has in common. */
export function connectionOptions({ url, statementTimeoutMs }: DatabaseSettings) {
  return {
    connectionString: url,
    application_name: 'opportunities',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    // In the other direction. Left to the system, the first probe would come after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: `${PLANNER} ${TIME_ZONE}`,
  };
}

/**
 * For a connection around any pooler. What is set for its session, is set as it begins: a SET that goes through a pooler
 * all the same would stay with a connection of others.
 */
export function directConnectionOptions(settings: DatabaseSettings, sessionSettings: string) {
  const { options, ...others } = connectionOptions({ ...settings, url: settings.directUrl ?? settings.url });
  return { ...others, options: `${options} ${sessionSettings}` };
}

/** For a connection that owns something as long as its session lives. */
export function owningConnectionOptions(settings: DatabaseSettings) {
  // Of an acknowledgement that a crash of the server takes back, there comes a repeat. Nothing else is written there.
  return directConnectionOptions(settings, `${VANISHING} -c synchronous_commit=off`);
}

/** In the order in which they run. */
export const MIGRATIONS = [
  { name: '0001-create-opportunity-table', class: CreateOpportunityTable },
  { name: '0002-create-outbox-table', class: CreateOutboxTable },
  { name: '0003-add-moderation-columns', class: AddModerationColumns },
  { name: '0004-create-idempotency-key-table', class: CreateIdempotencyKeyTable },
  { name: '0005-add-list-indexes', class: AddListIndexes },
  { name: '0006-add-changed-in', class: AddChangedIn },
  { name: '0007-create-rate-limit-table', class: CreateRateLimitTable },
  { name: '0008-create-token-revocation-table', class: CreateTokenRevocationTable },
  { name: '0009-create-outbox-companions', class: CreateOutboxCompanions },
  { name: '0010-vacuum-published-events-sooner', class: VacuumPublishedEventsSooner },
];

/** Does not connect: the first query does. */
export function createOrm(settings: DatabaseSettings, logger: Logger): MikroORM {
  return new MikroORM({
    clientUrl: settings.url,
    entities: [OpportunitySchema],
    extensions: [Migrator],
    pool: { min: 0, max: settings.poolMax },
    driverOptions: {
      ...connectionOptions(settings),
      // node-postgres sends a statement without waiting for the one before; the server runs them in their order.
      pipeline: true,
      onPoolCreated: (pool: Pool) => {
        if (settings.statementTimeoutMs > 0) closeSilentConnections(pool, patience(settings));
      },
    },
    // Without this, discovery calls `new Opportunity()` to guess defaults.
    discovery: { inferDefaultValues: false },
    ensureDatabase: false,
    forceUtcTimezone: true,
    loggerFactory: () => ormLogger(logger),
    migrations: {
      tableName: 'schema_migrations',
      migrationsList: MIGRATIONS,
      snapshot: false,
      silent: true,
    },
  });
}

/** The ORM's warnings in the service's log. Its query log is never on: it prints the values that users sent. */
function ormLogger(logger: Logger): OrmLogger {
  const nothing = () => undefined;
  return {
    log: nothing,
    logQuery: nothing,
    setDebugMode: nothing,
    isEnabled: () => false,
    warn: (_namespace, message) => {
      logger.warn({}, message);
    },
    error: (_namespace, message) => {
      logger.error({}, message);
    },
  };
}
