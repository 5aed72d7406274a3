import { ContainerModule } from 'inversify';
import { ChangeFeed } from '#application/ports/change-feed';
import { Clock } from '#application/ports/clock';
import { DatabaseHealth, OutboxHealth } from '#application/ports/health';
import { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import { OutboxQueue } from '#application/ports/outbox-queue';
import { PublishedEvents } from '#application/ports/published-events';
import { RateLimiter } from '#application/ports/rate-limiter';
import { RelayWakeUp } from '#application/ports/relay-wake-up';
import { RevocationRegister } from '#application/ports/revocation-register';
import { SchemaMigrations } from '#application/ports/schema-migrations';
import { UnitOfWork } from '#application/ports/unit-of-work';
import { InMemoryChangeFeed } from './in-memory-change-feed.ts';
import { InMemoryDatabase } from './in-memory-database.ts';
import { InMemoryOpportunityCatalogue } from './in-memory-opportunity-catalogue.ts';
import { InMemoryOutboxQueue } from './in-memory-outbox-queue.ts';
import { InMemoryRateLimiter } from './in-memory-rate-limiter.ts';
import { InMemoryRevocationRegister } from './in-memory-revocation-register.ts';
import { InMemoryUnitOfWork } from './in-memory-unit-of-work.ts';

/** In place of PostgreSQL. */
export function inMemoryPersistence(database = new InMemoryDatabase()): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(UnitOfWork).toResolvedValue(
      (wakeUp: RelayWakeUp) => new InMemoryUnitOfWork(database, wakeUp),
      [RelayWakeUp],
    );
    rebind(OpportunityCatalogue).toConstantValue(new InMemoryOpportunityCatalogue(database));
    rebind(ChangeFeed).toConstantValue(new InMemoryChangeFeed(database));
    rebind(OutboxQueue).toConstantValue(new InMemoryOutboxQueue(database));
    rebind(PublishedEvents).toConstantValue({ removeOld: async () => false });
    rebind(RateLimiter).toResolvedValue((clock: Clock) => new InMemoryRateLimiter(database, clock), [Clock]);
    rebind(RevocationRegister).toResolvedValue(
      (clock: Clock) => new InMemoryRevocationRegister(database, clock),
      [Clock],
    );
    rebind(SchemaMigrations).toConstantValue({ run: async () => [], pending: async () => [] });
    rebind(DatabaseHealth).toConstantValue({
      check: async () => {
        database.connect();
      },
    });
    rebind(OutboxHealth).toConstantValue({
      backlog: async () => {
        database.connect();
        return {
          waiting: database.outbox.length,
          oldestSeconds: 0,
          parkedKeys: database.parked.filter(({ refusal }) => refusal !== null).length,
        };
      },
    });
  });
}
