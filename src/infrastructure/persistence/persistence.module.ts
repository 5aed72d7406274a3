import { MikroORM } from '@mikro-orm/postgresql';
import { ContainerModule } from 'inversify';
import { ChangeFeed } from '#application/ports/change-feed';
import { Clock } from '#application/ports/clock';
import { DatabaseHealth, OutboxHealth } from '#application/ports/health';
import { Logger } from '#application/ports/logger';
import { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import { OutboxQueue } from '#application/ports/outbox-queue';
import { PublishedEvents } from '#application/ports/published-events';
import { RateLimiter } from '#application/ports/rate-limiter';
import { RelayWakeUp } from '#application/ports/relay-wake-up';
import { RequestScope } from '#application/ports/request-scope';
import { RevocationRegister } from '#application/ports/revocation-register';
import { SchemaMigrations } from '#application/ports/schema-migrations';
import { UnitOfWork } from '#application/ports/unit-of-work';
import { MikroOrmOpportunityCatalogue } from './mikro-orm-opportunity-catalogue.ts';
import { MikroOrmSchemaMigrations } from './mikro-orm-schema-migrations.ts';
import { MikroOrmUnitOfWork } from './mikro-orm-unit-of-work.ts';
import { NotifyingRelayWakeUp } from './notifying-relay-wake-up.ts';
import { createOrm, type DatabaseSettings } from './orm.ts';
import { PostgresChangeFeed } from './postgres-change-feed.ts';
import { PostgresDatabaseHealth } from './postgres-database-health.ts';
import { PostgresOutboxHealth } from './postgres-outbox-health.ts';
import { PostgresOutboxQueue, type RelayIdentity } from './postgres-outbox-queue.ts';
import { PostgresPublishedEvents } from './postgres-published-events.ts';
import { PostgresRateLimiter } from './postgres-rate-limiter.ts';
import { PostgresRevocationRegister } from './postgres-revocation-register.ts';
import { RateLimitPool } from './rate-limit-pool.ts';
import { RevocationPool } from './revocation-pool.ts';

/**
 * PostgreSQL through MikroORM.
 * @param tokenLifetimeSeconds how long a token can live at most: revocations are kept for longer.
 * @param retentionHours for how long events are kept after they are published.
 * @param relay of the events of this process's outbox queue.
 */
export function persistence(
  settings: DatabaseSettings,
  tokenLifetimeSeconds: number,
  retentionHours: number,
  relay: RelayIdentity,
): ContainerModule {
  return new ContainerModule(({ bind, onDeactivation }) => {
    bind(MikroORM).toResolvedValue((logger: Logger) => createOrm(settings, logger), [Logger]);
    onDeactivation(MikroORM, (orm) => orm.close());

    bind(NotifyingRelayWakeUp).toResolvedValue(
      (local: RelayWakeUp, logger: Logger) => new NotifyingRelayWakeUp(local, settings, logger, relay.owner),
      [RelayWakeUp, Logger],
    );
    onDeactivation(NotifyingRelayWakeUp, (wakeUp) => wakeUp.close());
    bind(UnitOfWork).toResolvedValue(
      (orm: MikroORM, wakeUp: NotifyingRelayWakeUp, requests: RequestScope) =>
        new MikroOrmUnitOfWork(orm, wakeUp, requests),
      [MikroORM, NotifyingRelayWakeUp, RequestScope],
    );
    bind(OpportunityCatalogue).toResolvedValue((orm: MikroORM) => new MikroOrmOpportunityCatalogue(orm), [MikroORM]);
    bind(ChangeFeed).toResolvedValue((orm: MikroORM) => new PostgresChangeFeed(orm), [MikroORM]);
    bind(OutboxQueue).toResolvedValue(
      (logger: Logger, wakeUp: RelayWakeUp) => new PostgresOutboxQueue(settings, logger, wakeUp, relay),
      [Logger, RelayWakeUp],
    );
    bind(PublishedEvents).toResolvedValue(
      (orm: MikroORM) => new PostgresPublishedEvents(orm, retentionHours),
      [MikroORM],
    );
    bind(RateLimitPool).toResolvedValue((logger: Logger) => new RateLimitPool(settings, logger), [Logger]);
    onDeactivation(RateLimitPool, (pool) => pool.end());
    bind(RateLimiter).toResolvedValue(
      (pool: RateLimitPool, clock: Clock, logger: Logger) => new PostgresRateLimiter(pool, clock, logger),
      [RateLimitPool, Clock, Logger],
    );
    bind(RevocationPool).toResolvedValue((logger: Logger) => new RevocationPool(settings, logger), [Logger]);
    onDeactivation(RevocationPool, (pool) => pool.end());
    bind(RevocationRegister).toResolvedValue(
      (pool: RevocationPool) => new PostgresRevocationRegister(pool, tokenLifetimeSeconds),
      [RevocationPool],
    );
    // Connections of their own: a migration may take as long as it takes.
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
