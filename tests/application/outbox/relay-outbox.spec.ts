import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import type { Message } from '#application/messages/message';
import { StorageUnavailable } from '#application/ports/application-error';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import { type OutboxBatch, OwnershipLost, type QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BatchLimit, OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { InMemoryDatabase } from '../../support/in-memory/in-memory-database.ts';
import { InMemoryOutboxQueue } from '../../support/in-memory/in-memory-outbox-queue.ts';
import { VirtualTimer } from '../../support/system/virtual-timer.ts';
import { RecordingPublisher } from '../../support/outbox/recording-publisher.ts';
import { rejection } from '../../support/system/rejection.ts';

/** Records the relay's calls of its queue and of the batches. Acknowledging can fail, as in a crash right before it. */
class WatchedQueue implements OutboxQueue {
  readonly limits: BatchLimit[] = [];
  failure: Error | undefined;
  parkFailure: Error | undefined;
  private readonly inner: OutboxQueue;
  private readonly steps: string[];

  constructor(inner: OutboxQueue, steps: string[]) {
    this.inner = inner;
    this.steps = steps;
  }

  async fetch(limit: BatchLimit): Promise<OutboxBatch> {
    this.limits.push(limit);
    const batch = await this.inner.fetch(limit);
    this.steps.push(`fetch ${batch.messages.length}`);
    return {
      messages: batch.messages,
      holds: () => batch.holds(),
      acknowledge: async (messages) => {
        this.steps.push(`acknowledge ${messages.length}`);
        if (this.failure) throw this.failure;
        await batch.acknowledge(messages);
      },
      putBack: (messages) => {
        if (messages.length > 0) this.steps.push(`put back ${messages.length}`);
        batch.putBack(messages);
      },
      park: async (message, refusal) => {
        this.steps.push('park');
        if (this.parkFailure) throw this.parkFailure;
        await batch.park(message, refusal);
      },
    };
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
  let timer: VirtualTimer;
  /** How often the relay has asked whether the broker would take messages. */
  let probes: number;
  /** Whether the broker replies but takes nothing, as from a user who may not write. */
  let refuseWrites: boolean;

  beforeEach(() => {
    steps = [];
    probes = 0;
    refuseWrites = false;
    database = new InMemoryDatabase();
    queue = new WatchedQueue(new InMemoryOutboxQueue(database), steps);
    publisher = new RecordingPublisher();
    const { batchLimit, largestMessageBytes } = publisher;
    const watched = {
      batchLimit,
      largestMessageBytes,
      probe: () => {
        probes += 1;
        return publisher.probe();
      },
      publish: (messages: readonly Message[]) => {
        steps.push(`publish ${messages.length}`);
        return refuseWrites
          ? Promise.reject(new BrokerUnavailable('This user may not write.'))
          : publisher.publish(messages);
      },
    };
    timer = new VirtualTimer();
    relay = new RelayOutbox(queue, watched, timer);
  });

  const enqueue = (count: number, key = someId()): string[] =>
    Array.from({ length: count }, () => {
      const message = messageOf(anOpportunity({ id: key }).created, someId());
      database.enqueue(message);
      return message.id;
    });
  const published = () => publisher.published.map(({ id }) => id);

  it('publishes first and removes afterwards, in the order of the queue', async () => {
    const ids = enqueue(3);
    expect(await relay.runOnce()).to.equal(3);
    expect(steps).to.deep.equal(['fetch 3', 'publish 3', 'acknowledge 3']);
    expect(published()).to.deep.equal(ids);
    expect(database.outbox).to.deep.equal([]);
  });

  it('gives the broker each message as it was stored', async () => {
    enqueue(1);
    const [{ id, key, attributes, payload }] = database.outbox as [QueuedMessage];
    await relay.runOnce();
    expect(publisher.published[0]).to.deep.include({ id, key, attributes, payload });
  });

  it('has nothing to do when nothing waits', async () => {
    expect(await relay.runOnce()).to.equal(0);
    expect(steps).to.deep.equal(['fetch 0']);
  });

  it('leaves all messages in the queue while the broker is away, and publishes them later', async () => {
    await relay.runOnce();
    steps.length = 0;
    const ids = enqueue(2);
    publisher.away = true;
    expect(await rejection(relay.runOnce())).to.be.instanceOf(BrokerUnavailable);
    expect(steps).to.deep.equal(['fetch 2', 'publish 2', 'put back 2']);
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
    const successor = new RelayOutbox(new InMemoryOutboxQueue(database), publisher, timer);
    expect(await successor.runOnce()).to.equal(4);
    expect(published()).to.deep.equal([...before, ...before, ...since]);
    expect(database.outbox).to.deep.equal([]);
  });

  it('works through a long queue in batches of the size that the publisher tells', async () => {
    const ids = enqueue(1201);
    const sizes: number[] = [];
    for (let size = await relay.runOnce(); size > 0; size = await relay.runOnce()) sizes.push(size);
    expect(sizes).to.deep.equal([500, 500, 201]);
    expect(published()).to.deep.equal(ids);
    expect(queue.limits[0]).to.deep.equal(publisher.batchLimit);
  });

  it('fetches the next batch and removes the previous one while a full batch is being published', async () => {
    enqueue(1000);
    await relay.runOnce();
    expect(steps).to.deep.equal(['fetch 500', 'publish 500', 'fetch 500', 'acknowledge 500']);
    await relay.runOnce();
    expect(steps.slice(4)).to.deep.equal(['publish 500', 'fetch 0', 'acknowledge 500']);
    expect(await relay.runOnce()).to.equal(0);
    expect(database.outbox).to.deep.equal([]);
  });

  it('fetches again when there was nothing to fetch ahead', async () => {
    enqueue(500);
    await relay.runOnce();
    enqueue(3);
    expect(await relay.runOnce()).to.equal(3);
    expect(steps).to.deep.equal([
      ...['fetch 500', 'publish 500', 'fetch 0', 'acknowledge 500'],
      ...['fetch 3', 'publish 3', 'acknowledge 3'],
    ]);
  });

  it('considers a batch with exactly half of the bytes full', async () => {
    enqueue(1);
    const half = publisher.batchLimit.bytes / 2;
    database.outbox = database.outbox.map((each) => ({ ...each, payload: 'x'.repeat(half) }));
    await relay.runOnce();
    expect(steps).to.deep.equal(['fetch 1', 'publish 1', 'fetch 0', 'acknowledge 1']);
  });

  it('passes on that messages cannot be fetched', async () => {
    const failure = new StorageUnavailable('away');
    queue.fetch = () => Promise.reject(failure);
    expect(await rejection(relay.runOnce())).to.equal(failure);
  });

  it('considers a batch with half of the bytes full, because the next message may be as large', async () => {
    enqueue(3);
    database.outbox = database.outbox.map((each, index) =>
      index < 2 ? { ...each, payload: JSON.stringify('x'.repeat(500_000)) } : each,
    );
    await relay.runOnce();
    expect(steps).to.deep.equal(['fetch 1', 'publish 1', 'fetch 2', 'acknowledge 1']);
  });

  it('publishes no message that was fetched ahead when the batch before it fails', async () => {
    await relay.runOnce();
    const ids = enqueue(700, someId());
    publisher.away = true;
    await rejection(relay.runOnce());
    publisher.away = false;
    while ((await relay.runOnce()) > 0);
    expect(published()).to.deep.equal(ids);
  });

  it('publishes no message that was fetched ahead and whose bucket was lost since', async () => {
    enqueue(1000);
    await relay.runOnce();
    // Another relay owns the buckets now.
    database.relay = {};
    expect(await relay.runOnce()).to.equal(0);
    expect(published()).to.have.length(500);
  });

  it('reports a lost acknowledgement with the next batch, and publishes both batches again', async () => {
    const ids = enqueue(1000, someId());
    queue.failure = new OwnershipLost();
    await relay.runOnce();
    expect(await rejection(relay.runOnce())).to.equal(queue.failure);
    queue.failure = undefined;
    database.relay = undefined;
    const successor = new RelayOutbox(new InMemoryOutboxQueue(database), publisher, timer);
    while ((await successor.runOnce()) > 0);
    expect(published()).to.deep.equal([...ids, ...ids]);
  });

  it('leaves no failure of an acknowledgement unhandled until the next batch, because Node would end the process', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    enqueue(1000);
    queue.failure = new OwnershipLost();
    await relay.runOnce();
    await new Promise(setImmediate);
    process.off('unhandledRejection', listener);
    expect(unhandled).to.deep.equal([]);
    expect(await rejection(relay.runOnce())).to.equal(queue.failure);
  });

  describe('a message that the broker refuses', () => {
    /** Published ids without repeats: messages that were published together with a refused one are published again. */
    const firstAppearances = () => [...new Set(published())];

    it('is parked with its key, and all other messages flow', async () => {
      const [key, other] = [someId(), someId()];
      const [first, poison, behind] = enqueue(3, key) as [string, string, string];
      const others = enqueue(4, other);
      publisher.refused.add(poison);
      while ((await relay.runOnce()) > 0);
      expect(published()).to.have.members([first, ...others]);
      expect(firstAppearances().filter((id) => others.includes(id))).to.deep.equal(others);
      expect(database.outbox).to.deep.equal([]);
      expect(database.parked.map(({ message, refusal }) => [message.id, refusal])).to.deep.equal([
        [poison, 'The broker refuses them.'],
        [behind, null],
      ]);

      const later = enqueue(1, key);
      expect(await relay.runOnce()).to.equal(0);
      expect(published()).not.to.include.members(later);
    });

    it('stays in the outbox when it cannot be parked, and the relay fails', async () => {
      const [poison] = enqueue(1);
      publisher.refused.add(poison!);
      queue.parkFailure = new OwnershipLost();
      expect(await rejection(relay.runOnce())).to.equal(queue.parkFailure);
      expect(database.parked).to.deep.equal([]);
      queue.parkFailure = undefined;
      expect(await relay.runOnce()).to.equal(1);
      expect(database.parked.map(({ message }) => message.id)).to.deep.equal([poison]);
    });

    it('lets no later message of its key pass that was fetched ahead', async () => {
      const key = someId();
      const ids = enqueue(900, key);
      publisher.refused.add(ids[100]!);
      while ((await relay.runOnce()) > 0);
      expect(firstAppearances()).to.deep.equal(ids.slice(0, 100));
      expect(database.parked.map(({ message }) => message.id)).to.deep.equal(ids.slice(100));

      publisher.refused.clear();
      database.parked[0]!.refusal = null;
      while ((await relay.runOnce()) > 0);
      expect(firstAppearances()).to.deep.equal(ids);
      expect(database.parked).to.deep.equal([]);
    });

    it('leaves nothing to publish when the rest of the batch waits behind it', async () => {
      const [poison] = enqueue(2, someId()) as [string, string];
      publisher.refused.add(poison);
      await relay.runOnce();
      expect(steps).to.deep.equal(['fetch 2', 'publish 2', 'publish 1', 'park', 'put back 2', 'acknowledge 0']);
    });

    it('may be one of several in a batch', async () => {
      const poisons = Array.from({ length: 5 }, () => enqueue(1)[0]!);
      const fine = enqueue(20);
      const [last] = enqueue(1) as [string];
      for (const id of [...poisons, last]) publisher.refused.add(id);
      while ((await relay.runOnce()) > 0);
      expect(firstAppearances()).to.deep.equal(fine);
      expect(database.parked.map(({ message }) => message.id)).to.deep.equal([...poisons, last]);
    });
  });

  it('hands over when it is asked to', async () => {
    await relay.release();
    expect(steps).to.deep.equal(['release']);
  });

  it('hands over after the last acknowledgement, and puts back messages that were fetched ahead', async () => {
    enqueue(600);
    await relay.runOnce();
    await relay.release();
    expect(steps.slice(-3)).to.deep.equal(['acknowledge 500', 'put back 100', 'release']);
    expect(database.outbox).to.have.length(100);
  });

  describe('that cannot reach the broker', () => {
    const fails = async (times = 1) => {
      for (let time = 0; time < times; time += 1)
        expect(await rejection(relay.runOnce())).to.be.instanceOf(BrokerUnavailable);
    };

    it('owns no key before the broker has replied', async () => {
      enqueue(1);
      publisher.away = true;
      await fails(3);
      expect(steps).to.deep.equal([]);
      expect(relay.isAway, 'it had no key to hand over').to.equal(false);
      publisher.away = false;
      expect(await relay.runOnce()).to.equal(1);
      expect(probes).to.equal(4);
    });

    it('hands all keys over when it has failed for ten seconds, and another relay publishes', async () => {
      await relay.runOnce();
      const ids = enqueue(2);
      publisher.away = true;
      await fails();
      timer.advance(9999);
      await fails();
      expect(steps).not.to.include('release');
      expect(relay.isAway).to.equal(false);
      timer.advance(1);
      await fails();
      expect(relay.isAway).to.equal(true);
      expect(steps.filter((step) => step === 'release')).to.have.length(1);
      await fails(3);
      expect(steps.at(-1), 'nothing is fetched any more').to.equal('release');

      publisher.away = false;
      const healthy = new RelayOutbox(new InMemoryOutboxQueue(database), publisher, timer);
      expect(await healthy.runOnce()).to.equal(2);
      expect(published()).to.deep.equal(ids);
    });

    it('counts the ten seconds from the first failure after a success', async () => {
      await relay.runOnce();
      for (let round = 0; round < 3; round += 1) {
        enqueue(1);
        publisher.away = true;
        await fails();
        timer.advance(6000);
        publisher.away = false;
        expect(await relay.runOnce()).to.equal(1);
      }
      expect(steps).not.to.include('release');
    });

    it('comes back at once when the broker replies, and stays away for longer each time it comes back in vain', async () => {
      await relay.runOnce();
      enqueue(1);
      refuseWrites = true;
      await fails();
      timer.advance(10_000);
      await fails();
      for (const absence of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
        steps.length = 0;
        // The broker replies to the probe, so the relay returns, and fails for two seconds.
        await fails();
        timer.advance(2000);
        await fails();
        expect(steps.at(-1)).to.equal('release');
        steps.length = 0;
        timer.advance(absence - 1);
        await fails();
        expect(steps, `for ${absence} ms`).to.deep.equal([]);
        timer.advance(1);
      }
      refuseWrites = false;
      expect(await relay.runOnce()).to.equal(1);
      expect(database.outbox).to.deep.equal([]);
    });

    it('is not trusted again because nothing waits when it comes back', async () => {
      await relay.runOnce();
      enqueue(1);
      publisher.away = true;
      await fails();
      timer.advance(10_000);
      await fails();
      const [waiting] = database.outbox.splice(0);
      publisher.away = false;
      expect(await relay.runOnce()).to.equal(0);
      expect(relay.isAway).to.equal(false);
      database.outbox.push(waiting!);
      publisher.away = true;
      steps.length = 0;
      await fails();
      timer.advance(2000);
      await fails();
      expect(steps.at(-1)).to.equal('release');
    });

    it('keeps its keys while only the storage fails, because other relays have the same storage', async () => {
      await relay.runOnce();
      enqueue(1);
      queue.failure = new StorageUnavailable('The database does not respond.');
      for (let time = 0; time < 3; time += 1) {
        expect(await rejection(relay.runOnce())).to.equal(queue.failure);
        timer.advance(20_000);
      }
      expect(steps).not.to.include('release');
    });
  });
});
