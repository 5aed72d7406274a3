import type { Logger } from '#application/ports/system/logger';
import type { EventRetention } from '#application/ports/outbox/retained-events';
import { pause, pauseAfter } from './sleep.ts';

/** Milliseconds between looks when nothing more was old enough. */
const LOOK_EVERY_MS = 10_000;

/** Removes what was published longer ago than it is to be kept: a little at a time, and on and on while there is more. */
export class RetentionWorker {
  private readonly events: EventRetention;
  private readonly logger: Logger;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(events: EventRetention, logger: Logger) {
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
        if (failures > 0) this.logger.info({ failures }, 'old published events are removed again');
        failures = 0;
        if (!isMore) await pause(LOOK_EVERY_MS, signal);
      } catch (error) {
        failures += 1;
        // Once: the state matters, not how often it was looked at.
        if (failures === 1) this.logger.warn({ err: error }, 'old published events cannot be removed: they are kept');
        await pause(pauseAfter(failures), signal);
      }
    }
  }
}
