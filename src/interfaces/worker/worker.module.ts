import { ContainerModule } from 'inversify';
import { BrokerHealth } from '#application/ports/operations/health';
import { Logger } from '#application/ports/system/logger';
import { Metrics } from '#application/ports/operations/metrics';
import { EventRetention } from '#application/ports/outbox/retained-events';
import { RelayWakeUp } from '#application/ports/outbox/relay-wake-up';
import { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { UserEvents } from '#application/ports/tokens/user-events';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { TakeUserEvent } from '#application/tokens/take-user-event';
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
      (events: EventRetention, logger: Logger) => new RetentionWorker(events, logger),
      [EventRetention, Logger],
    );
    bind(RevocationWorker).toResolvedValue(
      (revocations: TokenRevocations, logger: Logger) => new RevocationWorker(revocations, logger),
      [TokenRevocations, Logger],
    );
  });
}
