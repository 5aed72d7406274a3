import type { OutboxBatch } from './outbox-batch.ts';

/** The largest size of a batch: the number of messages, and the bytes of all messages together. */
export type BatchLimit = { readonly messages: number; readonly bytes: number };

/**
 * The relay's side of the outbox. Each key belongs to one relay at a time, so the messages of one key pass through one
 * relay, in order. A relay loses its keys when it loses its session with the storage, and another relay then takes them
 * over. A fetched message is in flight until the relay acknowledges it, puts it back or parks it, or until the session
 * is lost.
 */
export abstract class OutboxQueue {
  /**
   * Fetches the oldest messages that are not in flight, among those whose keys belong to this relay. The batch is empty
   * when no such message waits, and while an operator has paused the outbox. Messages of a parked key are moved behind
   * the parked message and are not fetched. A relay that calls fetch() again and again gets its fair share of the keys,
   * and gives keys above that share to other relays, each as soon as none of its messages is in flight. When several
   * relays in a row have ended while they published the same messages, these messages are fetched one at a time.
   * @param limit the largest batch. The first message is fetched whatever its size.
   * @throws StorageUnavailable when the storage cannot be reached. This relay then owns no key and has no message in flight.
   */
  abstract fetch(limit: BatchLimit): Promise<OutboxBatch>;

  /**
   * Hands all keys over, so that another relay can take them at once. No message is in flight afterwards. A later fetch
   * takes keys again. This method does not fail: when the storage cannot be reached, the keys become free with the
   * session.
   */
  abstract release(): Promise<void>;
}
