import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';

/** Wakes up the relay in the process that writes. Relays of other processes need another adapter to call nudge(). */
export class InProcessRelayWakeUp implements RelayWakeUp {
  private nudged = false;
  private wake: (() => void) | undefined;

  nudge(): void {
    this.nudged = true;
    this.wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.nudged) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    this.nudged = false;
  }
}
