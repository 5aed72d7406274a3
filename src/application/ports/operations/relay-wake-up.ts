/**
 * Tells the relays that messages wait, so that the messages need not wait for the next poll. A nudge may get lost on its way to
 * another process, because the poll follows.
 */
export abstract class RelayWakeUp {
  /** Wakes the relays up. It returns at once and never fails. Call it after a commit, never inside a transaction. */
  abstract nudge(): void;

  /** Resolves at the next nudge or after that many milliseconds, and at once if there was a nudge since the last wait. */
  abstract wait(milliseconds: number): Promise<void>;
}
