import type { Logger } from '#application/ports/operations/logger';
import type { Timer } from '#application/ports/system/timer';
import type { EventRetention } from '#application/ports/operations/event-retention';
import { retryDelay } from './retry-delay.ts';

/** Milliseconds until the next check, after a check that has removed every expired event. */
const CHECK_EVERY_MS = 10_000;

/** Removes the events whose retention has ended: a batch at a time, without a pause while there are more. */
export class RetentionWorker {
  private readonly events: EventRetention;
  private readonly logger: Logger;
  private readonly timer: Timer;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(events: EventRetention, logger: Logger, timer: Timer) {
    this.timer = timer;
    this.events = events;
    this.logger = logger;
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const isMore = await this.events.removeOld();
        if (failures > 0) this.logger.info({ failures }, 'events past their retention are removed again');
        failures = 0;
        if (!isMore) await this.timer.pause(CHECK_EVERY_MS, signal);
      } catch (error) {
        failures += 1;
        // One line for each outage: a line for each attempt would say the same again and again.
        if (failures === 1)
          this.logger.warn({ err: error }, 'events past their retention cannot be removed: their table keeps growing');
        await this.timer.pause(retryDelay(failures), signal);
      }
    }
  }
}
