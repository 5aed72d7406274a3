import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { Message } from '#application/messages/message';
import { type OutboxBatch, OwnershipLost } from '#application/ports/outbox/outbox-batch';
import type { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

export type OutboxQueueHarness = {
  /** Another relay's queue on the same outbox. */
  queue(): OutboxQueue;
  /** Commits messages one after the other, each in its own transaction. */
  commit(...messages: Message[]): Promise<void>;
  /** Starts a transaction that has appended a message. The returned function rolls the transaction back. */
  appendAndHold(message: Message): Promise<() => Promise<void>>;
  /** Parked messages in order, each with its refusal. */
  parked(): Promise<{ id: string; refusal: string | null }[]>;
  /** Frees a parked message, as an operator does to retry it. */
  retry(id: string): Promise<void>;
  /** Cuts the connection of the relay that owns the keys, as a network or a database would. */
  cutOwner(): Promise<void>;
  /** Pauses all relays, as an operator does. resume() ends the pause. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

const PLENTY = { messages: 100, bytes: 10 ** 6 };

function event(key?: string): Message {
  const { opportunity, created } = anOpportunity(key === undefined ? {} : { id: key });
  return { ...messageOf(created, someId()), key: opportunity.id };
}

/** The contract of every OutboxQueue, and of the OutboxBatch that it gives. */
export function outboxQueueContract(start: () => Promise<OutboxQueueHarness>): void {
  let harness: OutboxQueueHarness;
  let queue: OutboxQueue;
  const queues: OutboxQueue[] = [];
  const another = () => {
    const next = harness.queue();
    queues.push(next);
    return next;
  };

  beforeEach(async () => {
    harness = await start();
    queue = another();
  });

  afterEach(async () => {
    await Promise.all(queues.splice(0).map((each) => each.release()));
  });

  const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);
  /** Fetches until a batch has messages. */
  const untilSome = (from: OutboxQueue): Promise<OutboxBatch> =>
    eventually(async () => {
      const batch = await from.fetch(PLENTY);
      return batch.messages.length > 0 ? batch : undefined;
    });

  it('gives whole messages, oldest first, and each once until it is put back', async () => {
    const [one, two, three] = [event(), event(), event()];
    await harness.commit(one, two, three);

    const batch = await queue.fetch(PLENTY);
    const { messages } = batch;
    expect(ids(messages)).to.deep.equal([one.id, two.id, three.id]);
    expect(messages[0]).to.deep.include({ key: one.key, payload: one.payload });
    expect(messages[0]?.attributes).to.deep.equal(one.attributes);
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);

    await batch.acknowledge(messages.slice(0, 1));
    batch.putBack(messages.slice(1));
    expect(ids((await queue.fetch(PLENTY)).messages)).to.deep.equal([two.id, three.id]);
  });

  it('accepts the acknowledgement of a message that was put back only after another fetch', async () => {
    await harness.commit(event());
    const before = await queue.fetch(PLENTY);
    before.putBack(before.messages);
    expect(before.holds()).to.equal(false);
    expect(await rejection(before.acknowledge(before.messages))).to.be.instanceOf(OwnershipLost);
    const again = await queue.fetch(PLENTY);
    expect(again.holds()).to.equal(true);
    expect(before.holds()).to.equal(false);
    await again.acknowledge(again.messages);
    expect(again.holds()).to.equal(false);
  });

  it('gives new messages while others are in flight, and gives messages that were put back first', async () => {
    const [one, two, three] = [event(), event(), event()];
    await harness.commit(one, two);
    const first = await queue.fetch({ ...PLENTY, messages: 1 });
    await harness.commit(three);
    const others = await queue.fetch(PLENTY);
    expect(ids(others.messages)).to.deep.equal([two.id, three.id]);
    others.putBack(others.messages);
    first.putBack(first.messages);
    expect(ids((await queue.fetch(PLENTY)).messages)).to.deep.equal([one.id, two.id, three.id]);
  });

  it('parks a message with its key until the first message is freed', async () => {
    const [key, other] = [someId(), someId()];
    const [poison, behind, fine] = [event(key), event(key), event(other)];
    await harness.commit(poison, behind, fine);
    const batch = await queue.fetch(PLENTY);
    const [first, second, third] = batch.messages;
    batch.putBack([second!]);
    await batch.park(first!, 'too large');
    await batch.acknowledge([third!]);
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);
    expect(await rejection(batch.acknowledge([first!]))).to.be.instanceOf(OwnershipLost);

    const [later, free] = [event(key), event(other)];
    await harness.commit(later, free);
    const flowing = await queue.fetch(PLENTY);
    expect(ids(flowing.messages)).to.deep.equal([free.id]);
    await flowing.acknowledge(flowing.messages);
    expect(await harness.parked()).to.deep.equal([
      { id: poison.id, refusal: 'too large' },
      { id: behind.id, refusal: null },
      { id: later.id, refusal: null },
    ]);

    await harness.retry(poison.id);
    const again = await untilSome(queue);
    expect(ids(again.messages)).to.deep.equal([poison.id, behind.id, later.id]);
    expect(await harness.parked()).to.deep.equal([]);
  });

  it('leaves later messages of a parked key in flight until they are put back', async () => {
    const [poison, behind] = [event(), event()];
    await harness.commit(poison, { ...behind, key: poison.key });
    const batch = await queue.fetch(PLENTY);
    await batch.park(batch.messages[0]!, 'too large');
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);
    expect(await harness.parked()).to.have.length(1);
    batch.putBack(batch.messages.slice(1));
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);
    expect((await harness.parked()).map(({ id }) => id)).to.deep.equal([poison.id, behind.id]);
  });

  it('gives freed messages before newer ones', async () => {
    const [poison, behind, newer] = [event(), event(), event()];
    await harness.commit(poison, { ...behind, key: poison.key });
    const batch = await queue.fetch({ ...PLENTY, messages: 1 });
    await batch.park(batch.messages[0]!, 'too large');
    await harness.retry(poison.id);
    await harness.commit(newer);
    const freed = await eventually(async () => {
      const next = await queue.fetch(PLENTY);
      if (next.messages.some(({ id }) => id === poison.id)) return next;
      next.putBack(next.messages);
      return undefined;
    });
    expect(ids(freed.messages)).to.deep.equal([poison.id, behind.id, newer.id]);
  });

  it('releases no keys of another relay', async () => {
    await harness.commit(event());
    const batch = await queue.fetch(PLENTY);
    const idle = another();
    await idle.fetch(PLENTY);
    await idle.release();
    expect(batch.holds()).to.equal(true);
    expect((await another().fetch(PLENTY)).messages).to.deep.equal([]);
    await batch.acknowledge(batch.messages);
  });

  it('keeps a key parked when another relay takes over', async () => {
    const key = someId();
    await harness.commit(event(key), event(key));
    const batch = await queue.fetch(PLENTY);
    const [first, second] = batch.messages;
    batch.putBack([second!]);
    await batch.park(first!, 'invalid');
    await queue.release();
    const other = another();
    await eventually(async () => {
      expect((await other.fetch(PLENTY)).messages).to.deep.equal([]);
      return (await harness.parked()).length === 2 ? true : undefined;
    });
  });

  it('is empty when every message is acknowledged', async () => {
    await harness.commit(event());
    const batch = await queue.fetch(PLENTY);
    await batch.acknowledge(batch.messages);
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);
  });

  it('gives no more messages and bytes than the limit, but always one message', async () => {
    const large = { ...event(), payload: JSON.stringify('x'.repeat(50_000)) };
    await harness.commit(large, { ...large, id: someId() }, { ...large, id: someId() });
    for (const [limit, count] of [
      [{ messages: 2, bytes: 10 ** 6 }, 2],
      [{ messages: 100, bytes: 110_000 }, 2],
      [{ messages: 100, bytes: 1 }, 1],
    ] as const) {
      const batch = await queue.fetch(limit);
      expect(batch.messages).to.have.length(count);
      batch.putBack(batch.messages);
    }
  });

  it('never gives a message that is rolled back, and misses none that commits after a later one', async () => {
    const [held, rollBack] = [event(), await harness.appendAndHold(event())];
    const later = event();
    await harness.commit(later);
    const fetched = await queue.fetch(PLENTY);
    expect(ids(fetched.messages)).to.deep.equal([later.id]);
    await fetched.acknowledge(fetched.messages);
    await rollBack();
    await harness.commit(held);
    expect(ids((await queue.fetch(PLENTY)).messages)).to.deep.equal([held.id]);
  });

  it('gives each message to one relay only', async () => {
    const messages = Array.from({ length: 30 }, () => event());
    await harness.commit(...messages);
    const [mine, theirs] = await Promise.all([queue.fetch(PLENTY), another().fetch(PLENTY)]);
    expect([...ids(mine.messages), ...ids(theirs.messages)]).to.have.members(ids(messages));
  });

  it('hands over when it is released', async () => {
    await harness.commit(event(), event());
    const other = another();
    const batch = await queue.fetch(PLENTY);
    expect((await other.fetch(PLENTY)).messages).to.deep.equal([]);
    await batch.acknowledge(batch.messages.slice(0, 1));
    await queue.release();

    const taken = await untilSome(other);
    expect(taken.messages).to.have.length(1);
    await taken.acknowledge(taken.messages);
    expect((await queue.fetch(PLENTY)).messages).to.deep.equal([]);
  });

  it('refuses acknowledgements of a relay that lost its connection, and lets another relay go on', async () => {
    const message = event();
    await harness.commit(message);
    const fetched = await queue.fetch(PLENTY);
    await harness.cutOwner();

    const other = another();
    const taken = await untilSome(other);
    expect(ids(taken.messages)).to.deep.equal([message.id]);
    expect(fetched.holds()).to.equal(false);
    expect(await rejection(fetched.acknowledge(fetched.messages))).to.be.instanceOf(OwnershipLost);
    taken.putBack(taken.messages);
    expect(ids((await other.fetch(PLENTY)).messages)).to.deep.equal([message.id]);
  });

  it('refuses acknowledgements of messages that were fetched before a loss, even when the keys came back', async () => {
    await harness.commit(event());
    const before = await queue.fetch(PLENTY);
    await harness.cutOwner();
    await eventually(async () => {
      const batch = await queue.fetch(PLENTY).catch(() => undefined);
      return batch && batch.messages.length > 0 ? true : undefined;
    });
    expect(await rejection(before.acknowledge(before.messages))).to.be.instanceOf(OwnershipLost);
  });

  it('settles only messages of the batch that are in flight, and changes nothing when one of them is not', async () => {
    await harness.commit(event(), event());
    const batch = await queue.fetch(PLENTY);
    const [first, second] = batch.messages;
    batch.putBack([second!]);
    batch.putBack([second!]);
    expect(await rejection(batch.acknowledge([first!, second!]))).to.be.instanceOf(OwnershipLost);
    expect(await rejection(batch.park(second!, 'too large'))).to.be.instanceOf(OwnershipLost);
    await batch.acknowledge([first!]);
    expect(ids((await queue.fetch(PLENTY)).messages)).to.deep.equal([second!.id]);
  });

  it('gives positions that grow in the order of commits', async () => {
    const key = someId();
    await harness.commit(event(key), event(), event(key), event(key));
    const { messages } = await queue.fetch(PLENTY);
    const positions = messages.filter((each) => each.key === key).map(({ position }) => BigInt(position));
    expect(positions).to.have.length(3);
    expect(positions).to.deep.equal(positions.toSorted((one, other) => (one < other ? -1 : 1)));
    expect(new Set(positions).size).to.equal(3);
  });

  it('removes what is acknowledged for good, and nothing else', async () => {
    const all = Array.from({ length: 4 }, () => event());
    await harness.commit(...all);
    const batch = await queue.fetch(PLENTY);
    await batch.acknowledge(batch.messages.slice(1, 3));
    expect(await rejection(batch.acknowledge(batch.messages.slice(1, 2)))).to.be.instanceOf(OwnershipLost);
    expect(batch.holds(), 'two of its messages are settled').to.equal(false);
    await batch.acknowledge([]);
    await queue.release();
    const taken = await untilSome(another());
    expect(ids(taken.messages)).to.deep.equal([all[0]!.id, all[3]!.id]);
  });

  it('holds the messages of every batch that is in flight', async () => {
    await harness.commit(event(), event());
    const one = await queue.fetch({ ...PLENTY, messages: 1 });
    const other = await queue.fetch({ ...PLENTY, messages: 1 });
    expect([one.holds(), other.holds()]).to.deep.equal([true, true]);
    one.putBack(one.messages);
    expect([one.holds(), other.holds()]).to.deep.equal([false, true]);
  });

  it('has nothing in flight after it was released', async () => {
    await harness.commit(event());
    const batch = await queue.fetch(PLENTY);
    await queue.release();
    expect(batch.holds()).to.equal(false);
    expect(await rejection(batch.acknowledge(batch.messages))).to.be.instanceOf(OwnershipLost);
    expect(await rejection(batch.park(batch.messages[0]!, 'too large'))).to.be.instanceOf(OwnershipLost);
    batch.putBack(batch.messages);
    const again = await untilSome(queue);
    expect(ids(again.messages)).to.deep.equal(ids(batch.messages));
    expect([batch.holds(), again.holds()]).to.deep.equal([false, true]);
    await queue.release();
    await queue.release();
  });

  it('parks nothing of a relay that lost its connection', async () => {
    await harness.commit(event());
    const batch = await queue.fetch(PLENTY);
    await harness.cutOwner();
    await untilSome(another());
    expect(await rejection(batch.park(batch.messages[0]!, 'too large'))).to.be.instanceOf(OwnershipLost);
    expect(await harness.parked()).to.deep.equal([]);
  });

  it('gives nothing while it is paused, and goes on afterwards', async () => {
    await harness.commit(event(), event());
    const first = await queue.fetch({ ...PLENTY, messages: 1 });
    await harness.pause();
    await eventually(async () => {
      const batch = await queue.fetch(PLENTY);
      batch.putBack(batch.messages);
      return batch.messages.length === 0 || undefined;
    });
    expect(first.holds(), 'what is in flight is still published').to.equal(true);
    await first.acknowledge(first.messages);
    await harness.resume();
    expect((await untilSome(queue)).messages).to.have.length(1);
  });

  describe('while the storage is away', () => {
    it('throws StorageUnavailable at a fetch, and gives the messages in flight again afterwards', async () => {
      const messages = [event(), event()];
      await harness.commit(...messages);
      const before = await queue.fetch(PLENTY);
      await harness.breakStorage();
      try {
        expect(await rejection(queue.fetch(PLENTY))).to.be.instanceOf(StorageUnavailable);
        expect(before.holds()).to.equal(false);
        expect(await rejection(before.acknowledge(before.messages))).to.be.instanceOf(OwnershipLost);
        // Taking messages back never fails.
        before.putBack(before.messages);
      } finally {
        await harness.healStorage();
      }
      const again = await untilSome(queue);
      expect(ids(again.messages)).to.deep.equal(ids(messages));
      expect([before.holds(), again.holds()]).to.deep.equal([false, true]);
    });

    it('throws StorageUnavailable at an acknowledgement and at a parking, and removes nothing', async () => {
      const messages = [event(), event()];
      await harness.commit(...messages);
      for (const settle of [
        (batch: OutboxBatch) => batch.acknowledge(batch.messages),
        (batch: OutboxBatch) => batch.park(batch.messages[0]!, 'too large'),
      ]) {
        const batch = await untilSome(queue);
        await harness.breakStorage();
        const error = await rejection(settle(batch));
        await harness.healStorage();
        // The relay may have noticed already that its session is lost.
        expect(error instanceof StorageUnavailable || error instanceof OwnershipLost, String(error)).to.equal(true);
        expect(batch.holds()).to.equal(false);
        const again = await untilSome(queue);
        expect(ids(again.messages)).to.deep.equal(ids(messages));
        again.putBack(again.messages);
      }
      expect(await harness.parked()).to.deep.equal([]);
    });

    it('can be released without a failure', async () => {
      await harness.commit(event());
      await queue.fetch(PLENTY);
      await harness.breakStorage();
      await queue.release();
      await harness.healStorage();
      expect((await untilSome(another())).messages).to.have.length(1);
    });
  });
}
