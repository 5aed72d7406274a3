import type { Message } from '../messages/message.ts';

/** A committed event that waits, with its place in the queue. */
export type QueuedMessage = Message & {
  /** Grows in commit order among the events of one key. Decimal, as it may exceed 2^53. */
  readonly position: string;
};

export type BatchLimit = { readonly messages: number; readonly bytes: number };

/**
 * The relay's end of the outbox. Events are spread over buckets by their key; each queue object owns whole buckets, no
 * bucket has two owners, and whoever loses its connection loses its buckets. So the events of one key pass through one
 * relay at a time, in order.
 */
export abstract class OutboxQueue {
  /**
   * The oldest events of the buckets this queue owns, after taking free ones up to its fair share, or giving
   * away what is more. They stay queued until
   * they are acknowledged: an unacknowledged event comes again, first.
   * @param limit how many at most, and how many bytes together; the first one comes whatever its size.
   * @throws StorageUnavailable when the storage is away; buckets and everything fetched are then forgotten.
   */
  abstract fetch(limit: BatchLimit): Promise<QueuedMessage[]>;

  /**
   * Removes events for good.
   * @throws OwnershipLost when the buckets were lost since these events were fetched: the new owner will publish them.
   */
  abstract acknowledge(messages: readonly QueuedMessage[]): Promise<void>;

  /** Gives every bucket back, so that another relay can go on at once. A later fetch takes buckets again. */
  abstract release(): Promise<void>;
}

/** Another relay may own the events by now; publishing or removing more of them would break the order. */
export class OwnershipLost extends Error {
  constructor() {
    super('The connection that owned the buckets is gone.');
    this.name = 'OwnershipLost';
  }
}
