import type { Logger } from '#application/ports/system/logger';
import type { UserEvents } from '#application/ports/tokens/user-events';
import type { TakeUserEvent } from '#application/tokens/take-user-event';
import { pause, pauseAfter } from './sleep.ts';

/** Takes what the token issuer tells of its users; tries again, more and more seldom, while something is down. */
export class UserEventWorker {
  private readonly events: UserEvents;
  private readonly take: TakeUserEvent;
  private readonly logger: Logger;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;
  private trouble = '';

  constructor(events: UserEvents, take: TakeUserEvent, logger: Logger) {
    this.events = events;
    this.take = take;
    this.logger = logger;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Lets the event in flight be recorded. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.events.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await this.events.read(async (event) => {
          await this.take.execute(event);
          this.recovered();
        });
        return;
      } catch (error) {
        this.failures += 1;
        // Once for each kind of trouble: the state matters, not how often it was looked at.
        const kind = error instanceof Error ? error.name : String(error);
        if (kind !== this.trouble) this.logger.warn({ err: error }, 'user events cannot be taken: they wait');
        this.trouble = kind;
        await pause(pauseAfter(this.failures), signal);
      }
    }
  }

  private recovered(): void {
    if (this.failures > 0) this.logger.info({ failures: this.failures }, 'user events are taken again');
    this.failures = 0;
    this.trouble = '';
  }
}
