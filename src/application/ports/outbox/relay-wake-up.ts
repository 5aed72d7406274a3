/** Tells the relay that there is work, so that an event need not wait for the next poll. It may miss, never mislead. */
export abstract class RelayWakeUp {
  /** To be called after a commit, never inside a transaction. Returns at once. */
  abstract nudge(): void;

  /** Resolves at the next nudge, or after that many milliseconds; at once if there was a nudge since the last wait. */
  abstract wait(milliseconds: number): Promise<void>;
}
