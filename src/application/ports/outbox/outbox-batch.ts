import type { Message } from '../../messages/message.ts';

/** A committed message that waits, with its outbox position. */
export type QueuedMessage = Message & {
  /** The outbox position, as decimal text. It grows in commit order among the messages of one key. */
  readonly position: string;
};

/**
 * The messages that one fetch returned. Each method takes messages of this batch, so a relay can settle them one by one:
 * a message that was acknowledged, put back or parked is no longer in flight, and neither is any message of the batch
 * once the session in which it was fetched is lost.
 */
export abstract class OutboxBatch {
  /** The fetched messages, those of one key in the order of their outbox positions. */
  abstract readonly messages: readonly QueuedMessage[];

  /**
   * Whether every message of the batch is still in flight, as far as this process knows. A relay must not publish a
   * batch that it has lost.
   */
  abstract holds(): boolean;

  /**
   * Removes published messages from the outbox for good.
   * @throws OwnershipLost when one of the messages is not in flight. Nothing is removed, and the owner of the keys
   *   publishes the messages again.
   * @throws StorageUnavailable when the session is lost meanwhile. It is then unknown whether the messages were removed.
   */
  abstract acknowledge(messages: readonly QueuedMessage[]): Promise<void>;

  /**
   * Takes back messages that were not published, or may not have been. The next fetch returns them first. Messages that
   * are not in flight are ignored.
   */
  abstract putBack(messages: readonly QueuedMessage[]): void;

  /**
   * Parks a message that the broker refuses for itself, and with it the key: later messages of the key wait behind it
   * until an operator retries or discards it.
   * @param refusal the broker's reason, which operators read.
   * @throws OwnershipLost when the message is not in flight.
   * @throws StorageUnavailable when the session is lost meanwhile. It is then unknown whether the message was parked.
   */
  abstract park(message: QueuedMessage, refusal: string): Promise<void>;
}

/** Another relay may own the messages by now. Publishing or removing more of them would break the order. */
export class OwnershipLost extends Error {
  constructor() {
    super('The relay lost the session in which it fetched these messages, or has settled them already.');
    this.name = 'OwnershipLost';
  }
}
