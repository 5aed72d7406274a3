import type { Timer } from '#application/ports/system/timer';

export class SystemTimer implements Timer {
  elapsedMs(): number {
    return performance.now();
  }

  async pause(milliseconds: number, stop: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || stop.aborted) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        stop.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      stop.addEventListener('abort', finish);
    });
  }
}
