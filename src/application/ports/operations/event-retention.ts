/** Removes the events whose retention has ended: they were published, and were then stored for the time that the operator set. */
export abstract class EventRetention {
  /**
   * Removes some of the events whose retention has ended, the oldest first. No event is removed earlier. Several processes
   * may call this method at the same time, and a relay never waits for it.
   * @returns whether more of them may be left.
   * @throws StorageUnavailable
   */
  abstract removeOld(): Promise<boolean>;
}
