import type { Logger } from '#application/ports/system/logger';
import type { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { pause } from './sleep.ts';

/** Milliseconds from one look at what was revoked elsewhere to the next. */
const LOOK_EVERY_MS = 1000;

/** Keeps this process's copy of the revocations up to date. */
export class RevocationWorker {
  private readonly revocations: TokenRevocations;
  private readonly logger: Logger;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(revocations: TokenRevocations, logger: Logger) {
    this.revocations = revocations;
    this.logger = logger;
  }

  /** To be awaited before the first token is looked at. @throws StorageUnavailable */
  async load(): Promise<void> {
    await this.revocations.refresh();
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
    let told = this.revocations.state();
    for (;;) {
      await pause(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      let trouble: unknown;
      try {
        await this.revocations.refresh();
      } catch (error) {
        trouble = error;
      }
      const state = this.revocations.state();
      // Once for each change: the state matters, not how often it was looked at.
      if (state !== told) this.tell(state, trouble);
      told = state;
    }
  }

  private tell(state: ReturnType<TokenRevocations['state']>, trouble: unknown): void {
    if (state === 'up to date') this.logger.info({}, 'revocations are up to date again');
    if (state === 'stale')
      this.logger.warn({ err: trouble }, 'revocations are stale: tokens are checked against those that are known');
    if (state === 'unavailable') this.logger.error({ err: trouble }, 'revocations are stale: tokens are refused');
  }
}
