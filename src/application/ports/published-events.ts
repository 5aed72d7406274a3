/** What Kafka has, and what is kept of it for replays and comparisons. */
export abstract class PublishedEvents {
  /**
   * Removes some of what was published longer ago than it is to be kept, the oldest first. Holds no lock that a relay waits for.
   * @returns whether there may be more of it.
   * @throws StorageUnavailable
   */
  abstract removeOld(): Promise<boolean>;
}
