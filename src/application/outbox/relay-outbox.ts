import { BrokerUnavailable, type EventPublisher, MessagesRefused } from '../ports/outbox/event-publisher.ts';
import type { OutboxBatch, QueuedMessage } from '../ports/outbox/outbox-batch.ts';
import type { OutboxQueue } from '../ports/outbox/outbox-queue.ts';
import type { Timer } from '../ports/system/timer.ts';

/** Milliseconds of failing after which a relay gives its keys to other relays, which may reach the broker. */
const LET_GO_AFTER_MS = 10_000;

/** The same for a relay that has come back and has not published since. */
const LET_GO_AGAIN_AFTER_MS = 2000;

/** Milliseconds for which a relay stays away after its first vain return. They double with each further one. */
const FIRST_ABSENCE_MS = 10_000;
const LONGEST_ABSENCE_MS = 300_000;

/** Moves messages from the outbox to the broker: at least once, and in order for each key. */
export class RelayOutbox {
  private readonly queue: OutboxQueue;
  private readonly publisher: EventPublisher;
  private readonly timer: Pick<Timer, 'elapsedMs'>;
  /** The next batch, fetched while the current one is being published. */
  private prefetched: Promise<OutboxBatch> | undefined;
  /** Settles when the previous batch has been removed from the outbox. */
  private acknowledged: Promise<void> = Promise.resolve();
  /** Whether this relay takes part: it fetches, and so owns keys. Before that it has to reach the broker. */
  private takesPart = false;
  /** The first failure since the last success, and the latest one; undefined when there is none. */
  private failing: { readonly since: number; readonly latest: BrokerUnavailable } | undefined;
  /** How often this relay has handed its keys over since it last published. */
  private letGo = 0;
  private awayUntil = -Infinity;

  constructor(queue: OutboxQueue, publisher: EventPublisher, timer: Pick<Timer, 'elapsedMs'>) {
    this.queue = queue;
    this.publisher = publisher;
    this.timer = timer;
  }

  /**
   * Publishes one batch and then removes it from the outbox: after a crash between the two steps the batch is published
   * again and never lost. One batch is published at a time. While a full batch is being published, the next one is
   * fetched and the previous one removed; after a batch that is not full, the relay does not fetch ahead, so that the
   * next messages are fetched together. No transaction is open while the broker is called.
   *
   * A relay that cannot reach the broker must not keep keys from relays that can. It owns no key before the broker has
   * replied, and hands all keys over when it has failed for ten seconds. Then it comes back after the broker has replied;
   * if it fails again at once, it stays away for longer.
   * @returns how many messages were published or parked; 0 when no message waits.
   * @throws BrokerUnavailable, StorageUnavailable, OwnershipLost: the messages stay in the outbox, so call again later.
   */
  async runOnce(): Promise<number> {
    if (!this.takesPart) {
      if (this.failing && this.timer.elapsedMs() < this.awayUntil) throw this.failing.latest;
      await this.publisher.probe();
      this.takesPart = true;
      this.failing = undefined;
    }
    try {
      const done = await this.runBatch();
      if (done > 0) this.succeeded();
      return done;
    } catch (error) {
      if (error instanceof BrokerUnavailable) await this.failed(error);
      throw error;
    }
  }

  private async runBatch(): Promise<number> {
    let batch: OutboxBatch | undefined;
    try {
      batch = await this.nextBatch();
      const { messages } = batch;
      if (messages.length === 0) {
        await this.acknowledged;
        return 0;
      }
      const moreWaits = this.isFull(messages);
      if (moreWaits) this.prefetched = handled(this.queue.fetch(this.publisher.batchLimit));
      const published = await this.publish(batch);
      await this.acknowledged;
      this.acknowledged = handled(batch.acknowledge(published));
      if (!moreWaits) await this.acknowledged;
      return messages.length;
    } catch (error) {
      this.acknowledged = Promise.resolve();
      batch?.putBack(batch.messages);
      await this.putPrefetchedBack();
      throw error;
    }
  }

  /** Whether this relay has handed its keys over because it cannot reach the broker, and has not come back. */
  get isAway(): boolean {
    return !this.takesPart && this.letGo > 0;
  }

  /** Hands all keys over to other relays. Call it only when no run is under way. */
  async release(): Promise<void> {
    await this.acknowledged.catch(() => undefined);
    await this.putPrefetchedBack();
    await this.queue.release();
  }

  private succeeded(): void {
    this.failing = undefined;
    this.letGo = 0;
  }

  private async failed(latest: BrokerUnavailable): Promise<void> {
    const now = this.timer.elapsedMs();
    this.failing = { since: this.failing?.since ?? now, latest };
    const patience = this.letGo === 0 ? LET_GO_AFTER_MS : LET_GO_AGAIN_AFTER_MS;
    if (now - this.failing.since < patience) return;
    if (this.letGo > 0) this.awayUntil = now + Math.min(FIRST_ABSENCE_MS * 2 ** (this.letGo - 1), LONGEST_ABSENCE_MS);
    this.letGo += 1;
    this.takesPart = false;
    await this.release();
  }

  private async nextBatch(): Promise<OutboxBatch> {
    const { prefetched } = this;
    this.prefetched = undefined;
    const batch = await prefetched;
    if (batch && batch.messages.length > 0) {
      if (batch.holds()) return batch;
      // The keys were lost meanwhile, and the acknowledgement may be lost with them.
      await this.acknowledged;
    }
    return this.queue.fetch(this.publisher.batchLimit);
  }

  /** Returns the published messages: the whole batch without refused messages and the later messages of their keys. */
  private async publish(batch: OutboxBatch): Promise<QueuedMessage[]> {
    const published: QueuedMessage[] = [];
    const parkedKeys = new Set<string>();
    await this.publishInParts(batch, batch.messages, published, parkedKeys);
    if (parkedKeys.size > 0) {
      // The next fetch moves these messages behind the parked message of their key.
      const behind = batch.messages.filter(({ key }) => parkedKeys.has(key));
      batch.putBack(behind.filter((each) => !published.includes(each)));
      await this.putPrefetchedBack();
    }
    return published;
  }

  /**
   * The broker does not say which message it refuses, so the halves of a batch are published one after the other, down
   * to single messages. A message of an accepted half may be repeated, but always in order.
   */
  private async publishInParts(
    batch: OutboxBatch,
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
        await batch.park(first, error.message);
        parkedKeys.add(first.key);
        return;
      }
      const half = Math.ceil(free.length / 2);
      await this.publishInParts(batch, free.slice(0, half), published, parkedKeys);
      await this.publishInParts(batch, free.slice(half), published, parkedKeys);
    }
  }

  /** A batch with half of the bytes counts as full, because the next message may have been too large for the rest. */
  private isFull(messages: readonly QueuedMessage[]): boolean {
    const { batchLimit } = this.publisher;
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    return messages.length >= batchLimit.messages || bytes >= batchLimit.bytes / 2;
  }

  private async putPrefetchedBack(): Promise<void> {
    const { prefetched } = this;
    this.prefetched = undefined;
    const batch = await prefetched?.catch(() => undefined);
    batch?.putBack(batch.messages);
  }
}

/** Marks a rejection as handled, so that Node does not end the process before somebody awaits it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
