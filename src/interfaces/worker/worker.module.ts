import { ContainerModule } from 'inversify';
import { Logger } from '#application/ports/logger';
import { Metrics } from '#application/ports/metrics';
import { RelayWakeUp } from '#application/ports/relay-wake-up';
import { RelayOutbox } from '#application/relay-outbox';
import { OutboxWorker } from './outbox-worker.ts';

/** The relay's loop. */
export function worker(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(OutboxWorker).toResolvedValue(
      (relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger, metrics: Metrics) =>
        new OutboxWorker(relay, wakeUp, logger, metrics),
      [RelayOutbox, RelayWakeUp, Logger, Metrics],
    );
  });
}
