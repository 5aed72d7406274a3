import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { OutboxOverview } from '#application/ports/operations/outbox-overview';
import type { ParkedMessages } from '#application/ports/operations/parked-messages';
import type { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';
import { aMessage, idsOf, lookAround, type OperatedOutbox, park, publish, refuse } from './operated-outbox.ts';

export type OutboxOverviewHarness = OperatedOutbox & {
  readonly parked: ParkedMessages;
  readonly overview: OutboxOverview;
  /** The same port where relays do not retain the messages that they publish. */
  readonly withoutRetention: OutboxOverview;
  /** Writes so many messages at once, each with a key of its own. */
  write(count: number): Promise<void>;
  /** The owner that the status shows for each relay of this harness. */
  readonly owner: string | null;
};

/**
 * The contract of every OutboxOverview. Some of the status is an adapter's own affair: how many shares there are and how
 * relays divide them, whether the storage knows the name, the address and the connection of a relay, and from which number
 * on a count is an estimate.
 */
export function outboxOverviewContract(start: () => Promise<OutboxOverviewHarness>): void {
  let harness: OutboxOverviewHarness;
  let overview: OutboxOverview;
  let queue: OutboxQueue;
  const queues: OutboxQueue[] = [];

  beforeEach(async () => {
    harness = await start();
    ({ overview } = harness);
    queue = harness.queue();
    queues.push(queue);
  });

  afterEach(async () => {
    await Promise.all(queues.splice(0).map((each) => each.release()));
  });

  const numbersBelow = (count: number) => Array.from({ length: count }, (_, number) => number);

  describe('status()', () => {
    it('describes an unused outbox', async () => {
      const { unownedShares, ...status } = await overview.status(10);
      expect(unownedShares).to.deep.equal(numbersBelow(unownedShares.length)).and.not.be.empty;
      expect(status).to.deep.equal({
        waiting: 0,
        oldestSeconds: null,
        publishedLastMinute: 0,
        relays: [],
        parked: [],
        parkedKeys: 0,
        pause: null,
        retained: null,
      });
    });

    it('counts the waiting messages without the parked ones, and tells the age of the oldest', async () => {
      await park(harness, queue, 'key-a', 2);
      await harness.pass(100);
      expect(await overview.status(10)).to.include({ waiting: 0, oldestSeconds: null });
      await harness.commit(aMessage('key-b'));
      await harness.pass(30);
      await harness.commit(aMessage('key-b'));
      const { waiting, oldestSeconds } = await overview.status(10);
      expect(waiting).to.equal(2);
      expect(oldestSeconds).to.be.within(30, 60);
    });

    it('counts a large backlog in full', async () => {
      await harness.write(10_001);
      expect((await overview.status(0)).waiting).to.equal(10_001);
    });

    it('counts the messages that were published in the last minute', async () => {
      await harness.commit(...['a', 'b', 'c', 'd'].map((key) => aMessage(key)));
      await publish(queue, 1);
      await harness.pass(45);
      await publish(queue, 2);
      expect((await overview.status(10)).publishedLastMinute).to.equal(3);
      await harness.pass(20);
      expect((await overview.status(10)).publishedLastMinute).to.equal(2);
      await harness.pass(45);
      expect((await overview.status(10)).publishedLastMinute).to.equal(0);
      expect((await harness.withoutRetention.status(10)).publishedLastMinute).to.equal(null);
    });

    it('sums up the retained messages', async () => {
      await harness.commit(...['a', 'b', 'c'].map((key) => aMessage(key)));
      await publish(queue, 1);
      await harness.pass(90);
      await publish(queue, 1);
      const { count, isEstimate, from, to } = (await overview.status(10)).retained!;
      expect([count, isEstimate]).to.deep.equal([2, false]);
      expect(to.getTime() - from.getTime()).to.be.within(90_000 - 1, 120_000);
      expect((await harness.now()) - to.getTime()).to.be.within(-1, 30_000);
    });

    it('shows each connected relay with the number of its shares, and which shares have no owner', async () => {
      const shares = (await overview.status(10)).unownedShares.length;
      await lookAround(queue);
      const { relays, unownedShares } = await overview.status(10);
      expect(relays).to.have.length(1);
      const { owner, shares: owned, connectedAt } = relays[0]!;
      expect(owner).to.equal(harness.owner);
      expect(owned + unownedShares.length).to.equal(shares);
      expect(owned).to.be.greaterThan(0);
      if (connectedAt) expect((await harness.now()) - connectedAt.getTime()).to.be.within(-1000, 60_000);
      await queue.release();
      await eventually(async () => ((await overview.status(10)).relays.length === 0 ? true : undefined));
      expect((await overview.status(10)).unownedShares).to.deep.equal(numbersBelow(shares));
    });

    it('lists the first parked keys in the order of keys, and counts all of them', async () => {
      for (const [key, count] of [
        ['key-c', 1],
        ['key-b', 3],
        ['key-a', 2],
      ] as const)
        await park(harness, queue, key, count);
      const { parked, parkedKeys } = await overview.status(2);
      expect(parkedKeys).to.equal(3);
      const [first, second] = await harness.parked.keys();
      for (const [nth, { event, ...key }] of parked.entries()) {
        const { event: expected, ...known } = [first, second][nth]!;
        expect(key).to.deep.equal(known);
        expect({ ...event, ageSeconds: 0 }).to.deep.equal({ ...expected, ageSeconds: 0 });
      }
      expect(parked.map(({ event, behind }) => [event.key, behind])).to.deep.equal([
        ['key-a', 1],
        ['key-b', 2],
      ]);
      expect((await overview.status(0)).parked).to.deep.equal([]);
      expect((await overview.status(10)).parked).to.have.length(3);
    });

    it('shows no key that an operator has freed', async () => {
      const [head] = await park(harness, queue, 'key-a', 2);
      await harness.parked.retry([{ id: head!.id, key: 'key-a' }]);
      expect(await overview.status(10)).to.deep.include({ parked: [], parkedKeys: 0 });
    });

    it('shows the pause that holds', async () => {
      const { pause } = await harness.pauses.pause('Kafka is being moved');
      expect((await overview.status(10)).pause).to.deep.equal(pause);
      await harness.pauses.resume();
      expect((await overview.status(10)).pause).to.equal(null);
    });
  });

  describe('waiting()', () => {
    it('lists messages without their payloads in the order of outbox positions, as many as asked', async () => {
      const before = await harness.now();
      const messages = ['key-b', 'key-a', 'key-b'].map((key) => aMessage(key));
      await harness.commit(...messages);
      const after = await harness.now();
      await harness.pass(30);
      const all = await overview.waiting({ key: undefined, limit: 10 });
      expect(all.map(({ id, key }) => [id, key])).to.deep.equal(messages.map(({ id, key }) => [id, key]));
      for (const summary of all) {
        expect(summary).to.have.all.keys('id', 'type', 'key', 'payloadBytes', 'createdAt', 'ageSeconds');
        expect(summary).to.include({ type: 'test.v1', payloadBytes: 8 });
        expect(summary.ageSeconds).to.be.within(30, 60);
        // The storage may store whole milliseconds, and a test cannot always move its clock.
        expect(summary.createdAt.getTime()).to.be.within(before - 30_001, after + 1);
      }
      expect(idsOf(await overview.waiting({ key: undefined, limit: 2 }))).to.deep.equal(idsOf(messages.slice(0, 2)));
    });

    it('lists the messages of one key if asked', async () => {
      const [first, other, last] = ['key-a', 'key-b', 'key-a'].map((key) => aMessage(key));
      await harness.commit(first!, other!, last!);
      expect(idsOf(await overview.waiting({ key: 'key-a', limit: 10 }))).to.deep.equal([first!.id, last!.id]);
      expect(idsOf(await overview.waiting({ key: 'key-a', limit: 1 }))).to.deep.equal([first!.id]);
      for (const key of ['key-c', '']) expect(await overview.waiting({ key, limit: 10 })).to.deep.equal([]);
    });

    it('lists neither parked nor published messages', async () => {
      const [refused, published, waits] = ['key-a', 'key-b', 'key-c'].map((key) => aMessage(key));
      await harness.commit(refused!, published!, waits!);
      await refuse(queue, refused!.id, 'too large');
      await publish(queue, 1);
      expect(idsOf(await overview.waiting({ key: undefined, limit: 10 }))).to.deep.equal([waits!.id]);
    });

    it('shows no type when a message has none', async () => {
      await harness.commit(aMessage('key-a', { source: 'a hand' }));
      expect((await overview.waiting({ key: 'key-a', limit: 1 }))[0]?.type).to.equal(null);
    });
  });

  it('changes nothing, and takes no keys from the relays', async () => {
    const message = aMessage('key-a');
    await harness.commit(message);
    for (let times = 0; times < 2; times += 1) {
      expect(await overview.status(10)).to.deep.include({ waiting: 1, relays: [], retained: null });
      expect(idsOf(await overview.waiting({ key: undefined, limit: 1 }))).to.deep.equal([message.id]);
    }
    expect(idsOf(await publish(queue, 1))).to.deep.equal([message.id]);
  });

  it('throws StorageUnavailable while the storage is away, and works again afterwards', async () => {
    await harness.commit(aMessage('key-a'));
    await harness.breakStorage();
    try {
      expect(await rejection(overview.status(1))).to.be.instanceOf(StorageUnavailable);
      expect(await rejection(overview.waiting({ key: undefined, limit: 1 }))).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    expect((await overview.status(1)).waiting).to.equal(1);
  });
}
