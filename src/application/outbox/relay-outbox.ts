import { type EventPublisher, MessagesRefused } from '../ports/outbox/event-publisher.ts';
import type { OutboxQueue, QueuedMessage } from '../ports/outbox/outbox-queue.ts';

/**
 * What goes to the broker at once. kafkajs groups a batch by copying, at a cost that grows with the square of its
 * length; and all of it may be of one partition, where Kafka takes 1,048,588 bytes unless the topic says otherwise.
 */
const BATCH = { messages: 500, bytes: 900_000 };

/** Moves events from the outbox to the broker: at least once, in order per key. */
export class RelayOutbox {
  private readonly queue: OutboxQueue;
  private readonly publisher: EventPublisher;
  /** What was fetched while the batch before was on its way. */
  private prefetched: Promise<QueuedMessage[]> | undefined;
  /** Of the batch before. */
  private acknowledged: Promise<void> = Promise.resolve();

  constructor(queue: OutboxQueue, publisher: EventPublisher) {
    this.queue = queue;
    this.publisher = publisher;
  }

  /**
   * Publishes one batch and then removes it from the outbox: a crash between the two publishes it again, and never
   * loses it. One batch is on its way at a time. While a full one is, the next is fetched, and the one before is removed;
   * when there is no more than fits, what comes meanwhile is better fetched later and together. No transaction is open
   * while the broker is called.
   * @returns how many events were published or parked; 0 when none waits.
   * @throws BrokerUnavailable, StorageUnavailable, OwnershipLost: the events stay queued, call again later.
   */
  async runOnce(): Promise<number> {
    let batch: QueuedMessage[] = [];
    try {
      batch = await this.nextBatch();
      if (batch.length === 0) {
        await this.acknowledged;
        return 0;
      }
      const moreWaits = isFull(batch);
      if (moreWaits) this.prefetched = handled(this.queue.fetch(BATCH));
      const published = await this.publish(batch);
      await this.acknowledged;
      this.acknowledged = handled(this.queue.acknowledge(published));
      if (!moreWaits) await this.acknowledged;
      return batch.length;
    } catch (error) {
      this.acknowledged = Promise.resolve();
      this.queue.putBack(batch);
      await this.putPrefetchedBack();
      throw error;
    }
  }

  /** Hands over to other relays. To be called when no run is under way. */
  async release(): Promise<void> {
    await this.acknowledged.catch(() => undefined);
    await this.putPrefetchedBack();
    await this.queue.release();
  }

  private async nextBatch(): Promise<QueuedMessage[]> {
    const { prefetched } = this;
    this.prefetched = undefined;
    const messages = await prefetched;
    if (messages && messages.length > 0) {
      if (this.queue.holds(messages)) return messages;
      // Lost meanwhile, and the acknowledgement with it, perhaps.
      await this.acknowledged;
    }
    return this.queue.fetch(BATCH);
  }

  /** Gives what was published: everything, but for what is refused, and what comes after it under the same key. */
  private async publish(batch: readonly QueuedMessage[]): Promise<QueuedMessage[]> {
    const published: QueuedMessage[] = [];
    const parkedKeys = new Set<string>();
    await this.publishInParts(batch, published, parkedKeys);
    if (parkedKeys.size > 0) {
      // Fetched again, they go behind what is parked.
      this.queue.putBack(batch.filter(({ key }) => parkedKeys.has(key)).filter((each) => !published.includes(each)));
      await this.putPrefetchedBack();
    }
    return published;
  }

  /**
   * The broker says that it refuses, and not what: halves go out one after the other, down to the single event. Halves
   * that went well with the whole go out again, in order.
   */
  private async publishInParts(
    messages: readonly QueuedMessage[],
    published: QueuedMessage[],
    parkedKeys: Set<string>,
  ): Promise<void> {
    const free = messages.filter(({ key }) => !parkedKeys.has(key));
    const [first] = free;
    if (!first) return;
    try {
      await this.publisher.publish(free);
      published.push(...free);
    } catch (error) {
      if (!(error instanceof MessagesRefused)) throw error;
      if (free.length === 1) {
        await this.queue.park(first, error.message);
        parkedKeys.add(first.key);
        return;
      }
      const half = Math.ceil(free.length / 2);
      await this.publishInParts(free.slice(0, half), published, parkedKeys);
      await this.publishInParts(free.slice(half), published, parkedKeys);
    }
  }

  private async putPrefetchedBack(): Promise<void> {
    const { prefetched } = this;
    this.prefetched = undefined;
    const messages = await prefetched?.catch(() => []);
    if (messages) this.queue.putBack(messages);
  }
}

/** The next event may have been too many bytes: half of them are enough to take the batch for full. */
function isFull(batch: readonly QueuedMessage[]): boolean {
  const bytes = batch.reduce((sum, { payload }) => sum + payload.length, 0);
  return batch.length >= BATCH.messages || bytes >= BATCH.bytes / 2;
}

/** Its failure is told to whoever waits for it later, and is nobody's surprise until then. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
