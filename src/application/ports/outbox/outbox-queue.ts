import type { Message } from '../../messages/message.ts';

/** A committed event that waits, with its place in the queue. */
export type QueuedMessage = Message & {
  /** Grows in commit order among the events of one key. Decimal, as it may exceed 2^53. */
  readonly position: string;
  readonly bucket: number;
};

export type BatchLimit = { readonly messages: number; readonly bytes: number };

/**
 * The relay's end of the outbox. Events are spread over buckets by their key; each queue object owns whole buckets, no
 * bucket has two owners, and whoever loses its connection loses its buckets. So the events of one key pass through one
 * relay at a time, in order. What was fetched is in flight until it is acknowledged, put back or parked, or until the
 * connection is lost.
 */
export abstract class OutboxQueue {
  /**
   * The oldest events, not yet in flight, of the buckets this queue owns; none while the outbox is paused. Takes free
   * buckets up to its fair share, and gives away what is more, each as soon as nothing of it is in flight. Events of a
   * parked key are moved behind what was parked. Where relays have ended again and again before they published anything
   * of a bucket, its oldest event comes alone.
   * @param limit how many at most, and how many bytes together; the first one comes whatever its size.
   * @throws StorageUnavailable when the storage is away; buckets and everything in flight are then forgotten.
   */
  abstract fetch(limit: BatchLimit): Promise<QueuedMessage[]>;

  /** Whether all of them are in flight: whoever has lost their buckets must not publish them any more. */
  abstract holds(messages: readonly QueuedMessage[]): boolean;

  /**
   * Removes events that are published, for good.
   * @throws OwnershipLost when the buckets were lost since these events were fetched: the new owner will publish them.
   */
  abstract acknowledge(messages: readonly QueuedMessage[]): Promise<void>;

  /** They were not published, or nobody knows: the next fetch gives them again, first. */
  abstract putBack(messages: readonly QueuedMessage[]): void;

  /**
   * Takes an event that the broker refuses for itself out of the way, and its key with it: later events of the key wait
   * behind it, until somebody retries or discards it.
   * @param refusal why, in the broker's words.
   * @throws OwnershipLost as acknowledge does.
   */
  abstract park(message: QueuedMessage, refusal: string): Promise<void>;

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
