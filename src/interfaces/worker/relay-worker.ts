import type { Logger } from '#application/ports/operations/logger';
import type { Timer } from '#application/ports/system/timer';
import type { Metrics } from '#application/ports/operations/metrics';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { RelayOutbox } from '#application/outbox/relay-outbox';
import { retryDelay } from './retry-delay.ts';

/** Milliseconds until the next look at the outbox, when no nudge comes before. */
const POLL_MS = 250;

/**
 * Runs the relay whenever a nudge says that events wait, and at short intervals for nudges that are lost. After a failure
 * it tries again, with growing delays.
 */
export class RelayWorker {
  private readonly relay: RelayOutbox;
  private readonly wakeUp: RelayWakeUp;
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  private readonly timer: Timer;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(relay: RelayOutbox, wakeUp: RelayWakeUp, logger: Logger, metrics: Metrics, timer: Timer) {
    this.timer = timer;
    this.relay = relay;
    this.wakeUp = wakeUp;
    this.logger = logger;
    this.metrics = metrics;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Lets the batch in flight finish, then hands its buckets over to other relays. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeUp.nudge();
    await this.running;
    await this.relay.release();
  }

  private async run(): Promise<void> {
    let failures = 0;
    let loggedFailure = '';
    let loggedAway = false;
    while (!this.stopped.signal.aborted) {
      try {
        const published = await this.relay.runOnce();
        this.metrics.eventsPublished(published);
        if (failures > 0) this.logger.info({ failures }, 'the relay publishes again');
        failures = 0;
        loggedFailure = '';
        if (published > 0) loggedAway = false;
        if (published === 0) await this.wakeUp.wait(POLL_MS);
      } catch (error) {
        failures += 1;
        this.metrics.relayFailed();
        // One line for each kind of failure: a line for each attempt would say the same again and again.
        const failure = error instanceof Error ? error.name : String(error);
        if (failure !== loggedFailure)
          this.logger.warn({ err: error }, 'the relay cannot publish: events wait in the outbox');
        loggedFailure = failure;
        if (this.relay.isAway && !loggedAway) {
          loggedAway = true;
          this.logger.warn({}, 'the relay has handed its keys to other relays until it reaches the broker');
        }
        await this.timer.pause(retryDelay(failures), this.stopped.signal);
      }
    }
  }
}
