/** Tells the relay that messages wait, so that they need not wait for the next poll. A nudge may get lost, because the poll follows. */
export abstract class RelayWakeUp {
  /** Wakes the relays up. Call it after a commit, never inside a transaction. It returns at once. */
  abstract nudge(): void;

  /** Resolves at the next nudge or after that many milliseconds, and at once if there was a nudge since the last wait. */
  abstract wait(milliseconds: number): Promise<void>;
}
