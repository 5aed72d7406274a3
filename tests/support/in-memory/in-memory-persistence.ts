import { ContainerModule } from 'inversify';
import { ChangeFeed } from '#application/ports/opportunities/change-feed';
import { Clock } from '#application/ports/system/clock';
import { DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { EventRetention } from '#application/ports/operations/event-retention';
import { RateLimiter } from '#application/ports/operations/rate-limiter';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { InMemoryChangeFeed } from './in-memory-change-feed.ts';
import { InMemoryDatabase } from './in-memory-database.ts';
import {
  InMemoryDatabaseHealth,
  InMemoryEventRetention,
  InMemoryOutboxHealth,
  InMemorySchemaMigrations,
} from './in-memory-operations.ts';
import { InMemoryOpportunityCatalogue } from './in-memory-opportunity-catalogue.ts';
import { InMemoryOutboxQueue } from './in-memory-outbox-queue.ts';
import { InMemoryRateLimiter } from './in-memory-rate-limiter.ts';
import { InMemoryRevocationStore } from './in-memory-revocation-store.ts';
import { InMemoryUnitOfWork } from './in-memory-unit-of-work.ts';

/** Binds in-memory adapters in place of those of PostgreSQL. */
export function inMemoryPersistence(database = new InMemoryDatabase()): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(UnitOfWork).toResolvedValue(
      (wakeUp: RelayWakeUp, { largestMessageBytes }: EventPublisher) =>
        new InMemoryUnitOfWork(database, wakeUp, largestMessageBytes),
      [RelayWakeUp, EventPublisher],
    );
    rebind(OpportunityCatalogue).toConstantValue(new InMemoryOpportunityCatalogue(database));
    rebind(ChangeFeed).toConstantValue(new InMemoryChangeFeed(database));
    rebind(OutboxQueue).toConstantValue(new InMemoryOutboxQueue(database));
    rebind(EventRetention).toConstantValue(new InMemoryEventRetention(database, 24));
    rebind(RateLimiter).toResolvedValue((clock: Clock) => new InMemoryRateLimiter(database, clock), [Clock]);
    rebind(RevocationStore).toResolvedValue((clock: Clock) => new InMemoryRevocationStore(database, clock), [Clock]);
    rebind(SchemaMigrations).toConstantValue(new InMemorySchemaMigrations(database, []));
    rebind(DatabaseHealth).toConstantValue(new InMemoryDatabaseHealth(database));
    rebind(OutboxHealth).toConstantValue(new InMemoryOutboxHealth(database));
  });
}
