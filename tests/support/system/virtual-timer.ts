import type { Timer } from '#application/ports/system/timer';

/** A timer whose pauses pass at once. */
export class VirtualTimer implements Timer {
  private elapsed = 0;

  elapsedMs(): number {
    return this.elapsed;
  }

  async pause(milliseconds: number, stop: AbortSignal): Promise<void> {
    if (!stop.aborted) this.advance(milliseconds);
  }

  advance(milliseconds: number): void {
    this.elapsed += Math.max(0, milliseconds);
  }
}
