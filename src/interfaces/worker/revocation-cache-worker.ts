import type { Logger } from '#application/ports/operations/logger';
import type { Timer } from '#application/ports/system/timer';
import type { RevocationCache, RevocationsState } from '#application/tokens/revocation-cache';

const REFRESH_EVERY_MS = 1000;

/** Refreshes the revocation cache, so that this process soon knows the revocations that others record. */
export class RevocationCacheWorker {
  private readonly cache: Pick<RevocationCache, 'refresh' | 'state'>;
  private readonly logger: Logger;
  private readonly timer: Timer;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(cache: Pick<RevocationCache, 'refresh' | 'state'>, logger: Logger, timer: Timer) {
    this.timer = timer;
    this.cache = cache;
    this.logger = logger;
  }

  /** Fills the cache before the first token is checked. @throws StorageUnavailable */
  async prepare(): Promise<void> {
    await this.cache.refresh();
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
    let logged = this.cache.state();
    for (;;) {
      await this.timer.pause(REFRESH_EVERY_MS, signal);
      if (signal.aborted) return;
      let cause: unknown;
      try {
        await this.cache.refresh();
      } catch (error) {
        cause = error;
      }
      const state = this.cache.state();
      // One line for each change of state: a line for each failed refresh would say the same every second.
      if (state !== logged) this.log(state, cause);
      logged = state;
    }
  }

  private log(state: RevocationsState, cause: unknown): void {
    if (state === 'up to date') this.logger.info({}, 'revocations are up to date again');
    if (state === 'stale')
      this.logger.warn(
        { err: cause },
        'revocations are stale: tokens are checked against the revocations known so far',
      );
    if (state === 'unavailable') this.logger.error({ err: cause }, 'revocations are stale: all tokens are refused');
  }
}
