import { expect } from 'chai';
import { opportunityCreatedV1 } from '#application/messages/opportunity-created-v1';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable } from '#application/ports/event-publisher';
import { LARGEST_MESSAGE_BYTES } from '#application/ports/outbox';
import { type BatchLimit, type OutboxQueue, OwnershipLost, type QueuedMessage } from '#application/ports/outbox-queue';
import { RelayOutbox } from '#application/relay-outbox';
import { anOpportunity, someId } from '../support/an-opportunity.ts';
import { InMemoryDatabase } from '../support/in-memory-database.ts';
import { InMemoryOutboxQueue } from '../support/in-memory-outbox-queue.ts';
import { RecordingPublisher } from '../support/recording-publisher.ts';
import { rejection } from '../support/rejection.ts';

/** Writes down what the relay asks of its queue; acknowledging can fail, as in a crash right before it. */
class WatchedQueue implements OutboxQueue {
  readonly limits: BatchLimit[] = [];
  failure: Error | undefined;
  private readonly inner: OutboxQueue;
  private readonly steps: string[];

  constructor(inner: OutboxQueue, steps: string[]) {
    this.inner = inner;
    this.steps = steps;
  }

  async fetch(limit: BatchLimit): Promise<QueuedMessage[]> {
    this.limits.push(limit);
    const messages = await this.inner.fetch(limit);
    this.steps.push(`fetch ${messages.length}`);
    return messages;
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    this.steps.push(`acknowledge ${messages.length}`);
    if (this.failure) throw this.failure;
    await this.inner.acknowledge(messages);
  }

  async release(): Promise<void> {
    this.steps.push('release');
    await this.inner.release();
  }
}

describe('RelayOutbox', () => {
  let steps: string[];
  let database: InMemoryDatabase;
  let queue: WatchedQueue;
  let publisher: RecordingPublisher;
  let relay: RelayOutbox;

  beforeEach(() => {
    steps = [];
    database = new InMemoryDatabase();
    queue = new WatchedQueue(new InMemoryOutboxQueue(database), steps);
    publisher = new RecordingPublisher();
    const watched = {
      publish: (messages: readonly Message[]) => {
        steps.push(`publish ${messages.length}`);
        return publisher.publish(messages);
      },
    };
    relay = new RelayOutbox(queue, watched);
  });

  const enqueue = (count: number, key = someId()): string[] =>
    Array.from({ length: count }, () => {
      const message = opportunityCreatedV1(anOpportunity({ id: key }).created, someId());
      database.enqueue(message);
      return message.id;
    });
  const published = () => publisher.published.map(({ id }) => id);

  it('publishes first and removes then, in the order of the queue', async () => {
    const ids = enqueue(3);
    expect(await relay.runOnce()).to.equal(3);
    expect(steps).to.deep.equal(['fetch 3', 'publish 3', 'acknowledge 3']);
    expect(published()).to.deep.equal(ids);
    expect(database.outbox).to.deep.equal([]);
  });

  it('hands the broker each event as it was stored', async () => {
    enqueue(1);
    const [{ id, key, headers, payload }] = database.outbox as [QueuedMessage];
    await relay.runOnce();
    expect(publisher.published[0]).to.deep.include({ id, key, headers, payload });
  });

  it('has nothing to do when nothing waits', async () => {
    expect(await relay.runOnce()).to.equal(0);
    expect(steps).to.deep.equal(['fetch 0']);
  });

  it('leaves everything in the queue when the broker is away, and publishes it later', async () => {
    const ids = enqueue(2);
    publisher.away = true;
    expect(await rejection(relay.runOnce())).to.be.instanceOf(BrokerUnavailable);
    expect(steps).to.deep.equal(['fetch 2', 'publish 2']);
    expect(database.outbox.map(({ id }) => id)).to.deep.equal(ids);

    publisher.away = false;
    expect(await relay.runOnce()).to.equal(2);
    expect(published()).to.deep.equal(ids);
    expect(database.outbox).to.deep.equal([]);
  });

  it('repeats the whole run, in order, after a crash between publishing and removing', async () => {
    const key = someId();
    const before = enqueue(3, key);
    queue.failure = new OwnershipLost();
    expect(await rejection(relay.runOnce())).to.equal(queue.failure);
    const since = enqueue(1, key);

    // Another relay takes over once the first one's connection is gone.
    database.relay = undefined;
    const successor = new RelayOutbox(new InMemoryOutboxQueue(database), publisher);
    expect(await successor.runOnce()).to.equal(4);
    expect(published()).to.deep.equal([...before, ...before, ...since]);
    expect(database.outbox).to.deep.equal([]);
  });

  it('works off a long queue in batches that the broker takes', async () => {
    const ids = enqueue(1201);
    const sizes: number[] = [];
    for (let size = await relay.runOnce(); size > 0; size = await relay.runOnce()) sizes.push(size);
    expect(sizes).to.deep.equal([500, 500, 201]);
    expect(published()).to.deep.equal(ids);
    const [limit] = queue.limits;
    // A single event of the largest size must fit, and the batch must stay below Kafka's 1,048,588 bytes.
    expect(limit?.bytes).to.be.within(LARGEST_MESSAGE_BYTES, 1_000_000);
  });

  it('hands over when it is told to', async () => {
    await relay.release();
    expect(steps).to.deep.equal(['release']);
  });
});
