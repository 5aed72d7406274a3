import { ContainerModule } from 'inversify';
import { BrokerHealth } from '#application/ports/health';
import { Logger } from '#application/ports/logger';
import { Metrics } from '#application/ports/metrics';
import { PublishedEvents } from '#application/ports/published-events';
import { RelayWakeUp } from '#application/ports/relay-wake-up';
import { TokenRevocations } from '#application/ports/token-revocations';
import { UserEvents } from '#application/ports/user-events';
import { RelayOutbox } from '#application/relay-outbox';
import { TakeUserEvent } from '#application/take-user-event';
import { OutboxWorker } from './outbox-worker.ts';
import { RetentionWorker } from './retention-worker.ts';
import { RevocationWorker } from './revocation-worker.ts';
import { TopicWorker } from './topic-worker.ts';
import { UserEventWorker } from './user-event-worker.ts';

/**
 * What runs without being asked: the relay's loop and its look at the topic, the reader of user events, what removes old published events,
 * and what keeps revocations up to date.
 */
export function worker(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(OutboxWorker).toResolvedValue(
      (relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger, metrics: Metrics) =>
        new OutboxWorker(relay, wakeUp, logger, metrics),
      [RelayOutbox, RelayWakeUp, Logger, Metrics],
    );
    bind(TopicWorker).toResolvedValue(
      (broker: BrokerHealth, logger: Logger, metrics: Metrics) => new TopicWorker(broker, logger, metrics),
      [BrokerHealth, Logger, Metrics],
    );
    bind(UserEventWorker).toResolvedValue(
      (events: UserEvents, take: TakeUserEvent, logger: Logger) => new UserEventWorker(events, take, logger),
      [UserEvents, TakeUserEvent, Logger],
    );
    bind(RetentionWorker).toResolvedValue(
      (events: PublishedEvents, logger: Logger) => new RetentionWorker(events, logger),
      [PublishedEvents, Logger],
    );
    bind(RevocationWorker).toResolvedValue(
      (revocations: TokenRevocations, logger: Logger) => new RevocationWorker(revocations, logger),
      [TokenRevocations, Logger],
    );
  });
}
