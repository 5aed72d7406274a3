/** A pause of all relays, as an operator made it. */
export type Pause = {
  readonly since: Date;
  /** The operator's reason; null when the operator gave none. */
  readonly reason: string | null;
};

/** Stops the relays and lets them go on. A relay sees the change at its next fetch after a moment. */
export abstract class RelayPause {
  /**
   * Stops every relay from fetching messages. Messages in flight are still published. A pause that exists already stays
   * as it is, with its reason.
   * @returns the pause that holds now, and whether this call made it.
   * @throws StorageUnavailable
   */
  abstract pause(reason: string | null): Promise<{ readonly pause: Pause; readonly isNew: boolean }>;

  /**
   * Ends the pause.
   * @returns the pause that ended; undefined when there was none.
   * @throws StorageUnavailable
   */
  abstract resume(): Promise<Pause | undefined>;
}
