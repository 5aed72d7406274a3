import type { EventPublisher } from './ports/event-publisher.ts';
import type { OutboxQueue } from './ports/outbox-queue.ts';

/**
 * What goes to the broker at once. kafkajs groups a batch by copying, at a cost that grows with the square of its
 * length; and all of it may be of one partition, where Kafka takes 1,048,588 bytes unless the topic says otherwise.
 */
const BATCH = { messages: 500, bytes: 900_000 };

/** Moves events from the outbox to the broker: at least once, in order per key. */
export class RelayOutbox {
  private readonly queue: OutboxQueue;
  private readonly publisher: EventPublisher;

  constructor(queue: OutboxQueue, publisher: EventPublisher) {
    this.queue = queue;
    this.publisher = publisher;
  }

  /**
   * Publishes one batch and removes it from the outbox, in this order: a crash between the two publishes it again, and
   * never loses it. No transaction is open while the broker is called.
   * @returns how many events were published; 0 when none waits.
   * @throws BrokerUnavailable, StorageUnavailable, OwnershipLost: the events stay queued, call again later.
   */
  async runOnce(): Promise<number> {
    const messages = await this.queue.fetch(BATCH);
    if (messages.length === 0) return 0;
    await this.publisher.publish(messages);
    await this.queue.acknowledge(messages);
    return messages.length;
  }

  /** Hands over to other relays. To be called when no run is under way. */
  async release(): Promise<void> {
    await this.queue.release();
  }
}
