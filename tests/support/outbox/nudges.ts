import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';

/** Counts the nudges, and tells a listener of each one in the same moment. */
export class Nudges implements RelayWakeUp {
  count = 0;
  listener: () => void = () => undefined;

  nudge(): void {
    this.count += 1;
    this.listener();
  }

  async wait(): Promise<void> {
    // This class only counts, so a wait has nothing to wait for.
  }
}
