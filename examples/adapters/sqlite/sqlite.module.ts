import { ContainerModule } from 'inversify';
import { DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { ChangeFeed } from '#application/ports/opportunities/change-feed';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { EventRetention } from '#application/ports/operations/event-retention';
import { Clock } from '#application/ports/system/clock';
import { RateLimiter } from '#application/ports/operations/rate-limiter';
import { RequestScope } from '#application/ports/operations/request-scope';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { SqliteDatabaseHealth, SqliteOutboxHealth } from './operations/sqlite-health.ts';
import { SqliteRateLimiter } from './operations/sqlite-rate-limiter.ts';
import { SqliteSchemaMigrations } from './operations/sqlite-schema-migrations.ts';
import { SqliteChangeFeed } from './opportunities/sqlite-change-feed.ts';
import { SqliteOpportunityCatalogue } from './opportunities/sqlite-opportunity-catalogue.ts';
import { RelayLock } from './outbox/relay-lock.ts';
import { SqliteEventRetention } from './outbox/sqlite-event-retention.ts';
import { SqliteOutboxQueue } from './outbox/sqlite-outbox-queue.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteUnitOfWork } from './sqlite-unit-of-work.ts';
import { SqliteRevocationStore } from './tokens/sqlite-revocation-store.ts';

/** A connection for counts that a power failure may lose. */
class LimitsDatabase extends SqliteDatabase {}

export type SqliteStoreSettings = {
  /** The path of the database file. */
  readonly file: string;
  /** Seconds for which a token is valid at most. Revocations are stored for longer. */
  readonly tokenLifetimeSeconds: number;
  /** Hours for which published events are retained; 0 for not at all. */
  readonly retentionHours: number;
};

/** Binds every port that the store fulfils. A service that gets only some of them would spread its data over two stores. */
export function sqlite({ file, tokenLifetimeSeconds, retentionHours }: SqliteStoreSettings): ContainerModule {
  return new ContainerModule(({ bind, rebind }) => {
    bind(SqliteDatabase)
      .toResolvedValue(() => new SqliteDatabase({ file }))
      .inSingletonScope()
      .onDeactivation((database) => {
        database.close();
      });
    bind(LimitsDatabase)
      .toResolvedValue(() => new LimitsDatabase({ file, durable: false }))
      .inSingletonScope()
      .onDeactivation((database) => {
        database.close();
      });
    rebind(UnitOfWork).toResolvedValue(
      (
        database: SqliteDatabase,
        wakeUp: RelayWakeUp,
        clock: Clock,
        requests: RequestScope,
        publisher: EventPublisher,
      ) => new SqliteUnitOfWork(database, wakeUp, clock, requests, publisher.largestMessageBytes),
      [SqliteDatabase, RelayWakeUp, Clock, RequestScope, EventPublisher],
    );
    rebind(OpportunityCatalogue).toResolvedValue(
      (database: SqliteDatabase) => new SqliteOpportunityCatalogue(database),
      [SqliteDatabase],
    );
    rebind(ChangeFeed).toResolvedValue((database: SqliteDatabase) => new SqliteChangeFeed(database), [SqliteDatabase]);
    rebind(OutboxQueue).toResolvedValue(
      (database: SqliteDatabase, clock: Clock) =>
        new SqliteOutboxQueue(database, () => RelayLock.take(`${file}-relay`), clock, retentionHours > 0),
      [SqliteDatabase, Clock],
    );
    rebind(EventRetention).toResolvedValue(
      (database: SqliteDatabase, clock: Clock) => new SqliteEventRetention(database, clock, retentionHours),
      [SqliteDatabase, Clock],
    );
    rebind(RateLimiter).toResolvedValue(
      (database: LimitsDatabase, clock: Clock) => new SqliteRateLimiter(database, clock),
      [LimitsDatabase, Clock],
    );
    rebind(RevocationStore).toResolvedValue(
      (database: SqliteDatabase, clock: Clock) => new SqliteRevocationStore(database, clock, tokenLifetimeSeconds),
      [SqliteDatabase, Clock],
    );
    rebind(SchemaMigrations).toResolvedValue(
      (database: SqliteDatabase) => new SqliteSchemaMigrations(database),
      [SqliteDatabase],
    );
    rebind(DatabaseHealth).toResolvedValue(
      (database: SqliteDatabase) => new SqliteDatabaseHealth(database),
      [SqliteDatabase],
    );
    rebind(OutboxHealth).toResolvedValue(
      (database: SqliteDatabase, clock: Clock) => new SqliteOutboxHealth(database, clock),
      [SqliteDatabase, Clock],
    );
  });
}
