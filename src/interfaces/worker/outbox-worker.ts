import type { Logger } from '#application/ports/system/logger';
import type { Metrics } from '#application/ports/operations/metrics';
import type { RelayWakeUp } from '#application/ports/outbox/relay-wake-up';
import type { RelayOutbox } from '#application/outbox/relay-outbox';
import { pause, pauseAfter } from './sleep.ts';

/** Milliseconds between looks at an outbox from which no nudge came. */
const POLL_MS = 250;

/** Drives the relay: at once when nudged, now and then anyway, more and more seldom while something is down. */
export class OutboxWorker {
  private readonly relay: RelayOutbox;
  private readonly wakeUp: RelayWakeUp;
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger, metrics: Metrics) {
    this.relay = relay;
    this.wakeUp = wakeUp;
    this.logger = logger;
    this.metrics = metrics;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Lets the batch in flight finish, then hands over to other relays. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeUp.nudge();
    await this.running;
    await this.relay.release();
  }

  private async run(): Promise<void> {
    let failures = 0;
    let trouble = '';
    while (!this.stopped.signal.aborted) {
      try {
        const published = await this.relay.runOnce();
        this.metrics.eventsPublished(published);
        if (failures > 0) this.logger.info({ failures }, 'the relay is back: events flow again');
        failures = 0;
        trouble = '';
        if (published === 0) await this.wakeUp.wait(POLL_MS);
      } catch (error) {
        failures += 1;
        this.metrics.relayFailed();
        // Once for each kind of trouble: the state matters, not how often it was looked at.
        const kind = error instanceof Error ? error.name : String(error);
        if (kind !== trouble) this.logger.warn({ err: error }, 'the relay cannot go on: events wait in the outbox');
        trouble = kind;
        await pause(pauseAfter(failures), this.stopped.signal);
      }
    }
  }
}
