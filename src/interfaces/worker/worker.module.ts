import { ContainerModule } from 'inversify';
import { BrokerHealth } from '#application/ports/operations/health';
import { Logger } from '#application/ports/operations/logger';
import { Metrics } from '#application/ports/operations/metrics';
import { EventRetention } from '#application/ports/operations/event-retention';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { Timer } from '#application/ports/system/timer';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { RevocationCache } from '#application/tokens/revocation-cache';
import { TakeUserEvents } from '#application/tokens/take-user-events';
import { RelayWorker } from './relay-worker.ts';
import { RetentionWorker } from './retention-worker.ts';
import { RevocationCacheWorker } from './revocation-cache-worker.ts';
import { TopicPartitionsWorker } from './topic-partitions-worker.ts';
import { UserEventWorker } from './user-event-worker.ts';

/** The loops that drive use cases without a request. app.ts decides which of them run in which role. */
export function worker(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(RevocationCacheWorker).toResolvedValue(
      (cache: RevocationCache, logger: Logger, timer: Timer) => new RevocationCacheWorker(cache, logger, timer),
      [RevocationCache, Logger, Timer],
    );
    bind(UserEventWorker).toResolvedValue(
      (take: TakeUserEvents, logger: Logger, timer: Timer) => new UserEventWorker(take, logger, timer),
      [TakeUserEvents, Logger, Timer],
    );
    bind(RelayWorker).toResolvedValue(
      (relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger, metrics: Metrics, timer: Timer) =>
        new RelayWorker(relay, wakeUp, logger, metrics, timer),
      [RelayOutbox, RelayWakeUp, Logger, Metrics, Timer],
    );
    bind(TopicPartitionsWorker).toResolvedValue(
      (broker: BrokerHealth, logger: Logger, metrics: Metrics, timer: Timer) =>
        new TopicPartitionsWorker(broker, logger, metrics, timer),
      [BrokerHealth, Logger, Metrics, Timer],
    );
    bind(RetentionWorker).toResolvedValue(
      (events: EventRetention, logger: Logger, timer: Timer) => new RetentionWorker(events, logger, timer),
      [EventRetention, Logger, Timer],
    );
  });
}
