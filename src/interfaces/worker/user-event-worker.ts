import type { Logger } from '#application/ports/operations/logger';
import type { Timer } from '#application/ports/system/timer';
import type { TakeUserEvents } from '#application/tokens/take-user-events';
import { retryDelay } from './retry-delay.ts';

/** Runs the use case that takes the user events of the token issuer. After a failure it tries again, with growing delays. */
export class UserEventWorker {
  private readonly take: TakeUserEvents;
  private readonly logger: Logger;
  private readonly timer: Timer;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;
  private loggedFailure = '';

  constructor(take: TakeUserEvents, logger: Logger, timer: Timer) {
    this.timer = timer;
    this.take = take;
    this.logger = logger;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Lets the use case finish the event that it has begun. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.take.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await this.take.execute(() => {
          this.recovered();
        });
        return;
      } catch (error) {
        this.failures += 1;
        // One line for each kind of failure: a line for each attempt would say the same again and again.
        const failure = error instanceof Error ? error.name : String(error);
        if (failure !== this.loggedFailure)
          this.logger.warn({ err: error }, 'user events cannot be processed: they wait on their topic');
        this.loggedFailure = failure;
        await this.timer.pause(retryDelay(this.failures), signal);
      }
    }
  }

  private recovered(): void {
    if (this.failures > 0) this.logger.info({ failures: this.failures }, 'user events are processed again');
    this.failures = 0;
    this.loggedFailure = '';
  }
}
