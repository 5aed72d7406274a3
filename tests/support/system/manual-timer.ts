import type { Timer } from '#application/ports/system/timer';

/** A timer that a test moves on. A pause takes no real time. */
export class ManualTimer implements Timer {
  private elapsed = 0;

  elapsedMs(): number {
    return this.elapsed;
  }

  advance(milliseconds: number): void {
    this.elapsed += milliseconds;
  }

  async pause(milliseconds: number, stop: AbortSignal): Promise<void> {
    if (!stop.aborted) this.advance(Math.max(milliseconds, 0));
  }
}
