import { ContainerModule } from 'inversify';
import { Logger } from '#application/ports/logger';
import { RelayWakeUp } from '#application/ports/relay-wake-up';
import { RelayOutbox } from '#application/relay-outbox';
import { OutboxWorker } from './outbox-worker.ts';

/** The relay's loop. */
export function worker(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(OutboxWorker).toResolvedValue(
      (relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger) => new OutboxWorker(relay, wakeUp, logger),
      [RelayOutbox, RelayWakeUp, Logger],
    );
  });
}
