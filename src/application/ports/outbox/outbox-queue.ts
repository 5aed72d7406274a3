import type { Message } from '../../messages/message.ts';

/** A committed message that waits, with its outbox position. */
export type QueuedMessage = Message & {
  /** The outbox position. It grows in commit order among the messages of one key. It is decimal text, because it may exceed 2^53. */
  readonly position: string;
  readonly bucket: number;
};

/** The largest size of a batch: the number of messages, and the bytes of all messages together. */
export type BatchLimit = { readonly messages: number; readonly bytes: number };

/**
 * The relay's side of the outbox. Messages are spread over buckets by their key. Each queue object owns whole buckets, no
 * bucket has two owners, and a queue that loses its connection loses its buckets. So the messages of one key pass through
 * one relay at a time, in order. A fetched message is in flight until it is acknowledged, put back or parked, or until the
 * connection is lost.
 */
export abstract class OutboxQueue {
  /**
   * Returns the oldest messages that are not in flight, from the buckets that this queue owns; none while the outbox is
   * paused. The queue takes free buckets up to its fair share, and hands over buckets above that share, each as soon as
   * none of its messages is in flight. Messages of a parked key are moved behind the parked one. When several relays in
   * a row have ended before they published anything of a bucket, the bucket's oldest message is returned alone.
   * @param limit the largest batch. The first message is returned whatever its size.
   * @throws StorageUnavailable when the storage cannot be reached. The queue then forgets its buckets and all messages
   *   in flight.
   */
  abstract fetch(limit: BatchLimit): Promise<QueuedMessage[]>;

  /**
   * Whether all of these messages are still in flight. A relay that has lost their buckets must not publish them any
   * more.
   */
  abstract holds(messages: readonly QueuedMessage[]): boolean;

  /**
   * Removes published messages from the outbox for good.
   * @throws OwnershipLost when the buckets were lost since these messages were fetched. The new owner will publish them again.
   */
  abstract acknowledge(messages: readonly QueuedMessage[]): Promise<void>;

  /** Takes back messages that were not published, or may not have been. The next fetch returns them first. */
  abstract putBack(messages: readonly QueuedMessage[]): void;

  /**
   * Parks a message that the broker refuses for itself, and with it its key: later messages of the key wait behind it until
   * an operator retries or discards it.
   * @param refusal the broker's reason.
   * @throws OwnershipLost in the same case as acknowledge().
   */
  abstract park(message: QueuedMessage, refusal: string): Promise<void>;

  /** Hands all buckets over, so that another relay can go on at once. A later fetch takes buckets again. */
  abstract release(): Promise<void>;
}

/** Another relay may own the messages by now. Publishing or removing more of them would break the order. */
export class OwnershipLost extends Error {
  constructor() {
    super('The connection that owned the buckets is gone.');
    this.name = 'OwnershipLost';
  }
}
