import { MikroORM } from '@mikro-orm/postgresql';
import { ContainerModule } from 'inversify';
import { ChangeFeed } from '#application/ports/opportunities/change-feed';
import { Clock } from '#application/ports/system/clock';
import { DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { Logger } from '#application/ports/operations/logger';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { EventRetention } from '#application/ports/operations/event-retention';
import { RateLimiter } from '#application/ports/operations/rate-limiter';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { RequestScope } from '#application/ports/operations/request-scope';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { PostgresOpportunityCatalogue } from './opportunities/postgres-opportunity-catalogue.ts';
import { MikroOrmSchemaMigrations } from './operations/mikro-orm-schema-migrations.ts';
import { PostgresUnitOfWork } from './postgres-unit-of-work.ts';
import { NotifyingRelayWakeUp } from './operations/notifying-relay-wake-up.ts';
import type { DatabaseSettings } from './connections/connection-options.ts';
import { createOrm } from './orm.ts';
import { PostgresChangeFeed } from './opportunities/postgres-change-feed.ts';
import { PostgresDatabaseHealth } from './operations/postgres-health.ts';
import { PostgresOutboxHealth } from './operations/postgres-health.ts';
import { PostgresOutboxQueue, type RelayIdentity } from './outbox/postgres-outbox-queue.ts';
import { PostgresEventRetention } from './operations/postgres-event-retention.ts';
import { PostgresRateLimiter } from './postgres-rate-limiter.ts';
import { PostgresRevocationStore } from './tokens/postgres-revocation-store.ts';
import { RateLimitPool } from './postgres-rate-limiter.ts';
import { RevocationPool } from './tokens/postgres-revocation-store.ts';

/**
 * Binds every port that PostgreSQL fulfils.
 * @param tokenLifetimeSeconds the longest lifetime of a token. Revocations are stored for longer.
 * @param retentionHours how long published events are retained.
 * @param relay the identity of this process's relay.
 */
export function persistence(
  settings: DatabaseSettings,
  tokenLifetimeSeconds: number,
  retentionHours: number,
  relay: RelayIdentity,
): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(MikroORM)
      .toResolvedValue((logger: Logger) => createOrm(settings, logger), [Logger])
      .inSingletonScope()
      .onDeactivation((orm) => orm.close());

    bind(NotifyingRelayWakeUp)
      .toResolvedValue(
        (local: RelayWakeUp, logger: Logger) => new NotifyingRelayWakeUp(local, settings, logger, relay.owner),
        [RelayWakeUp, Logger],
      )
      .inSingletonScope()
      .onDeactivation((wakeUp) => wakeUp.close());
    bind(UnitOfWork).toResolvedValue(
      (orm: MikroORM, wakeUp: NotifyingRelayWakeUp, requests: RequestScope, publisher: EventPublisher) =>
        new PostgresUnitOfWork(orm, wakeUp, requests, publisher.largestMessageBytes),
      [MikroORM, NotifyingRelayWakeUp, RequestScope, EventPublisher],
    );
    bind(OpportunityCatalogue).toResolvedValue((orm: MikroORM) => new PostgresOpportunityCatalogue(orm), [MikroORM]);
    bind(ChangeFeed).toResolvedValue((orm: MikroORM) => new PostgresChangeFeed(orm), [MikroORM]);
    bind(OutboxQueue).toResolvedValue(
      (logger: Logger, wakeUp: RelayWakeUp) => new PostgresOutboxQueue(settings, logger, wakeUp, relay),
      [Logger, RelayWakeUp],
    );
    bind(EventRetention).toResolvedValue(
      (orm: MikroORM) => new PostgresEventRetention(orm, retentionHours),
      [MikroORM],
    );
    bind(RateLimitPool)
      .toResolvedValue((logger: Logger) => new RateLimitPool(settings, logger), [Logger])
      .inSingletonScope()
      .onDeactivation((pool) => pool.end());
    bind(RateLimiter).toResolvedValue(
      (pool: RateLimitPool, clock: Clock, logger: Logger) => new PostgresRateLimiter(pool, clock, logger),
      [RateLimitPool, Clock, Logger],
    );
    bind(RevocationPool)
      .toResolvedValue((logger: Logger) => new RevocationPool(settings, logger), [Logger])
      .inSingletonScope()
      .onDeactivation((pool) => pool.end());
    bind(RevocationStore).toResolvedValue(
      (pool: RevocationPool) => new PostgresRevocationStore(pool, tokenLifetimeSeconds),
      [RevocationPool],
    );
    // Migrations have connections without a time limit, because a migration may take long.
    bind(SchemaMigrations)
      .toResolvedValue(
        (logger: Logger) => new MikroOrmSchemaMigrations(createOrm({ ...settings, statementTimeoutMs: 0 }, logger)),
        [Logger],
      )
      .inSingletonScope()
      .onDeactivation((migrations) => (migrations as MikroOrmSchemaMigrations).close());
    bind(DatabaseHealth).toResolvedValue((orm: MikroORM) => new PostgresDatabaseHealth(orm), [MikroORM]);
    bind(OutboxHealth).toResolvedValue((orm: MikroORM) => new PostgresOutboxHealth(orm), [MikroORM]);
  });
}
