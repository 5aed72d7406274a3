import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { FreedKey, ParkedMessages } from '#application/ports/operations/parked-messages';
import type { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';
import {
  aMessage,
  idsOf,
  lookAround,
  type OperatedOutbox,
  park,
  publish,
  refuse,
  untilParked,
} from './operated-outbox.ts';

export type ParkedMessagesHarness = OperatedOutbox & {
  readonly parked: ParkedMessages;
  /** The same port as another operator has it. */
  readonly otherOperator: ParkedMessages;
  /** The discarded messages as they are stored, in the order of outbox positions. */
  discarded(): Promise<{ id: string; key: string; payload: string; refusal: string | null; reason: string }[]>;
};

const [A, B, C] = ['key-a', 'key-b', 'key-c'];
const NOTHING = { discarded: 0, freed: undefined };

/**
 * The contract of every ParkedMessages. The names of the headers are an adapter's own affair, because a store does not need
 * a topic. How relays park messages is part of the contract of OutboxQueue.
 */
export function parkedMessagesContract(start: () => Promise<ParkedMessagesHarness>): void {
  let harness: ParkedMessagesHarness;
  let parked: ParkedMessages;
  let queue: OutboxQueue;
  const queues: OutboxQueue[] = [];
  const relay = () => {
    const next = harness.queue();
    queues.push(next);
    return next;
  };

  beforeEach(async () => {
    harness = await start();
    ({ parked } = harness);
    queue = relay();
  });

  afterEach(async () => {
    await Promise.all(queues.splice(0).map((each) => each.release()));
  });

  const parkKey = (key: string, count: number) => park(harness, queue, key, count);
  const headOf = ([first]: readonly { id: string; key: string }[]) => ({ id: first!.id, key: first!.key });
  const stateOf = async (freed: FreedKey | undefined) => (await parked.whereabouts([freed!]))[0];
  const isParked = async (id: string) => (await parked.find(id)) !== undefined;

  describe('keys()', () => {
    it('lists each parked key in the order of keys, with its refused message and the number behind it', async () => {
      const before = await harness.now();
      const heads = [];
      for (const [key, count] of [
        [C, 1],
        [A, 3],
        [B, 2],
      ] as const)
        heads.push(headOf(await parkKey(key, count)));
      const after = await harness.now();
      await harness.pass(30);
      const keys = await parked.keys();
      expect(keys.map(({ event, refusal, behind }) => [event.key, event.id, refusal, behind])).to.deep.equal([
        [A, heads[1]!.id, 'too large', 2],
        [B, heads[2]!.id, 'too large', 1],
        [C, heads[0]!.id, 'too large', 0],
      ]);
      const { event, parkedAt } = keys[0]!;
      expect(event).to.have.all.keys('id', 'type', 'key', 'payloadBytes', 'createdAt', 'ageSeconds');
      expect(event).to.include({ type: 'test.v1', payloadBytes: 8 });
      expect(event.ageSeconds).to.be.within(30, 60);
      // The storage may store whole milliseconds, and a test cannot always move its clock.
      for (const instant of [event.createdAt, parkedAt])
        expect(instant.getTime()).to.be.within(before - 30_001, after + 1);
      expect(event.createdAt.getTime()).to.be.at.most(parkedAt.getTime());
    });

    it('lists one key if asked, and nothing when that key is not parked', async () => {
      await parkKey(A, 2);
      await parkKey(B, 1);
      await harness.commit(aMessage(C));
      expect((await parked.keys(B)).map(({ event, behind }) => [event.key, behind])).to.deep.equal([[B, 0]]);
      expect((await parked.keys(A)).map(({ event, behind }) => [event.key, behind])).to.deep.equal([[A, 1]]);
      expect(await parked.keys(C)).to.deep.equal([]);
      expect(await parked.keys('')).to.deep.equal([]);
    });
  });

  describe('find()', () => {
    it('returns a refused message in full', async () => {
      const [message] = await parkKey(A, 1);
      const { id, payload } = message!;
      const { createdAt, ageSeconds, parkedAt, headers, ...found } = (await parked.find(id))!;
      expect(found).to.deep.equal({
        id,
        type: 'test.v1',
        key: A,
        payload,
        payloadBytes: 8,
        refusal: 'too large',
        head: { id, refusal: 'too large' },
      });
      const [{ event, ...key } = expect.fail('no key is parked')] = await parked.keys(A);
      expect([createdAt, parkedAt]).to.deep.equal([event.createdAt, key.parkedAt]);
      expect(ageSeconds).to.be.within(0, 30);
      expect(Object.values(headers)).to.deep.equal(['test.v1']);
    });

    it('returns a message that waits behind a refused one, and names the refused one', async () => {
      const [head, , last] = await parkKey(A, 3);
      await parkKey(B, 1);
      const found = await parked.find(last!.id);
      expect(found).to.deep.include({ id: last!.id, refusal: null, head: { id: head!.id, refusal: 'too large' } });
    });

    it('returns no type when the message has none', async () => {
      const untyped = aMessage(A, { source: 'a hand' });
      await harness.commit(untyped);
      await refuse(queue, untyped.id, 'no type');
      expect((await parked.find(untyped.id))?.type).to.equal(null);
      expect((await parked.keys(A))[0]?.event.type).to.equal(null);
    });

    it('returns undefined for every other id, also for the id of a message that waits or is published', async () => {
      await parkKey(A, 1);
      const [published, waiting] = [aMessage(B), aMessage(B)];
      await harness.commit(published, waiting);
      await publish(queue, 1);
      for (const id of [published.id, waiting.id, someId(), 'no id', ''])
        expect(await parked.find(id), id).to.equal(undefined);
    });
  });

  describe('retry()', () => {
    it('frees a refused message with those behind it, and the relay publishes them in order', async () => {
      const messages = await parkKey(A, 3);
      const others = await parkKey(B, 2);
      const [freed, ...more] = await parked.retry([headOf(messages)]);
      expect(more).to.deep.equal([]);
      expect(freed).to.include({ key: A, events: 3 });
      const published = await publish(queue, 3);
      expect(idsOf(published)).to.deep.equal(idsOf(messages));
      expect(freed!.last).to.equal(published.at(-1)!.position);
      expect((await parked.keys()).map(({ event, behind }) => [event.id, behind])).to.deep.equal([[others[0]!.id, 1]]);
    });

    it('leaves the moving and the publishing to a relay', async () => {
      const [head, behind] = await parkKey(A, 2);
      await queue.release();
      await parked.retry([headOf([head!])]);
      expect(await parked.keys()).to.deep.equal([]);
      const released = { id: head!.id, refusal: null };
      expect(await parked.find(head!.id)).to.deep.include({ refusal: null, head: released });
      expect(await parked.find(behind!.id)).to.deep.include({ refusal: null, head: released });
      expect(idsOf(await publish(relay(), 2))).to.deep.equal(idsOf([head!, behind!]));
    });

    it('frees several keys in the order of keys, each once', async () => {
      const heads = [];
      for (const key of [C, A, B]) heads.push(headOf(await parkKey(key, 2)));
      const freed = await parked.retry([...heads, heads[0]!]);
      expect(freed.map(({ key, events }) => [key, events])).to.deep.equal([
        [A, 2],
        [B, 2],
        [C, 2],
      ]);
      expect(new Set(freed.map(({ last }) => last)).size).to.equal(3);
      expect(await parked.keys()).to.deep.equal([]);
    });

    it('frees nothing that is committed afterwards', async () => {
      const messages = await parkKey(A, 1);
      const [freed] = await parked.retry([headOf(messages)]);
      await harness.commit(aMessage(A));
      const [published] = await publish(queue, 1);
      expect([freed?.events, freed?.last]).to.deep.equal([1, published!.position]);
      expect(await stateOf(freed)).to.include({ state: 'published' });
    });

    it('ignores messages that are not refused, or no longer, or not under this key', async () => {
      const [head, behind] = await parkKey(A, 2);
      const [other] = await parkKey(B, 1);
      await parked.retry([headOf([other!])]);
      for (const [id, key] of [
        [behind!.id, A],
        [head!.id, B],
        [other!.id, B],
        [someId(), A],
        ['no id', A],
      ] as const)
        expect(await parked.retry([{ id, key }]), `${id} of ${key}`).to.deep.equal([]);
      expect(await parked.retry([])).to.deep.equal([]);
      expect((await parked.keys()).map(({ event: { id }, behind: count }) => [id, count])).to.deep.equal([
        [head!.id, 1],
      ]);
      const valid = headOf([head!]);
      expect(await parked.retry([{ id: 'no id', key: B }, valid])).to.have.length(1);
    });
  });

  describe('discard()', () => {
    it('stores the refused message with the reason, and the relay publishes those behind it', async () => {
      const [head, ...behind] = await parkKey(A, 3);
      const { discarded, freed } = await parked.discard(headOf([head!]), 'nobody needs it ☕', false);
      expect(discarded).to.equal(1);
      expect(freed).to.include({ key: A, events: 2 });
      const { id, key, payload } = head!;
      expect(await harness.discarded()).to.deep.equal([
        { id, key, payload, refusal: 'too large', reason: 'nobody needs it ☕' },
      ]);
      expect([await isParked(id), (await parked.keys()).length]).to.deep.equal([false, 0]);
      expect(await isParked(behind[0]!.id), 'only a relay moves the messages behind it').to.equal(true);
      const published = await publish(queue, 2);
      expect(idsOf(published)).to.deep.equal(idsOf(behind));
      expect(freed!.last).to.equal(published.at(-1)!.position);
    });

    it('frees nothing when no message waits behind the refused one', async () => {
      const messages = await parkKey(A, 1);
      const later = aMessage(A);
      expect(await parked.discard(headOf(messages), 'why', false)).to.deep.equal({ discarded: 1, freed: undefined });
      await harness.commit(later);
      expect(idsOf(await publish(queue, 1))).to.deep.equal([later.id]);
    });

    it('discards all messages behind the refused one if asked, and none of another key', async () => {
      const messages = await parkKey(A, 3);
      const [other] = await parkKey(B, 2);
      expect(await parked.discard(headOf(messages), 'why', true)).to.deep.equal({ discarded: 3, freed: undefined });
      const stored = await harness.discarded();
      expect(stored.map(({ id, refusal, reason }) => [id, refusal, reason])).to.deep.equal(
        messages.map(({ id }, nth) => [id, nth === 0 ? 'too large' : null, 'why']),
      );
      for (const { id } of messages) expect(await isParked(id)).to.equal(false);
      expect((await parked.keys()).map(({ event: { id }, behind }) => [id, behind])).to.deep.equal([[other!.id, 1]]);
    });

    it('changes nothing when the message is not refused, or no longer, or not under this key', async () => {
      const [head, behind] = await parkKey(A, 2);
      const [other, behindOther] = await parkKey(B, 2);
      await parked.retry([headOf([other!])]);
      for (const withAllBehind of [false, true])
        for (const [id, key] of [
          [behind!.id, A],
          [head!.id, B],
          [other!.id, B],
          [someId(), A],
          ['no id', A],
        ] as const)
          expect(await parked.discard({ id, key }, 'why', withAllBehind), `${id} of ${key}`).to.deep.equal(NOTHING);
      expect(await harness.discarded()).to.deep.equal([]);
      expect((await parked.keys()).map(({ event: { id }, behind: count }) => [id, count])).to.deep.equal([
        [head!.id, 1],
      ]);
      expect(idsOf(await publish(queue, 2))).to.deep.equal(idsOf([other!, behindOther!]));
    });

    it('loses no message when two operators decide at once', async () => {
      const [head, behind] = await parkKey(A, 2);
      const results = await Promise.all([
        parked.discard(headOf([head!]), 'one', false),
        harness.otherOperator.discard(headOf([head!]), 'two', false),
      ]);
      expect(results.map(({ discarded }) => discarded).toSorted()).to.deep.equal([0, 1]);
      expect(idsOf(await harness.discarded())).to.deep.equal([head!.id]);
      expect(idsOf(await publish(queue, 1))).to.deep.equal([behind!.id]);
    });
  });

  describe('whereabouts()', () => {
    it('follows freed messages until all are published, whatever becomes of later ones', async () => {
      const [freed] = await parked.retry([headOf(await parkKey(A, 2))]);
      const waiting = { key: A, state: 'waiting', refused: null, isOwned: true, isPaused: false };
      expect(await stateOf(freed), 'before a relay looks').to.deep.equal(waiting);
      await publish(queue, 1);
      expect(await stateOf(freed), 'after the first').to.deep.equal(waiting);
      await publish(queue, 1);
      expect(await stateOf(freed)).to.deep.equal({ ...waiting, state: 'published' });
      await harness.commit(aMessage(A));
      expect(await stateOf(freed), 'while a later one waits').to.include({ state: 'published' });
      await publish(queue, 1);
      await parkKey(A, 1);
      expect(await stateOf(freed), 'after a later one was refused').to.include({ state: 'published', refused: null });
    });

    it('names the message that was refused again, which may be one behind the first', async () => {
      const [head, behind, last] = await parkKey(A, 3);
      const [freed] = await parked.retry([headOf([head!])]);
      await refuse(queue, head!.id, 'still too large');
      expect(await stateOf(freed)).to.deep.include({
        state: 'refused',
        refused: { id: head!.id, refusal: 'still too large' },
      });
      await untilParked(parked, queue, last!.id);
      const [again] = await parked.retry([headOf([head!])]);
      await publish(queue, 1);
      await refuse(queue, behind!.id, 'too old');
      expect(await stateOf(again)).to.deep.include({
        state: 'refused',
        refused: { id: behind!.id, refusal: 'too old' },
      });
    });

    it('follows the messages behind a discarded one', async () => {
      const { freed } = await parked.discard(headOf(await parkKey(A, 2)), 'why', false);
      expect(await stateOf(freed)).to.include({ state: 'waiting', refused: null });
      await publish(queue, 1);
      expect(await stateOf(freed)).to.include({ state: 'published', refused: null });
    });

    it('tells whether a relay owns the key, and whether the relays are paused', async () => {
      const [freed] = await parked.retry([headOf(await parkKey(A, 1))]);
      await queue.release();
      await harness.pauses.pause(null);
      await eventually(async () => ((await stateOf(freed))?.isOwned ? undefined : true));
      expect(await stateOf(freed)).to.include({ state: 'waiting', isOwned: false, isPaused: true });
      await harness.pauses.resume();
      const next = relay();
      await lookAround(next);
      expect(await stateOf(freed)).to.include({ state: 'waiting', isOwned: true, isPaused: false });
    });

    it('returns one state for each key, in the order of keys', async () => {
      const heads = [];
      for (const key of [A, B, C]) heads.push(headOf(await parkKey(key, 1)));
      const freed = await parked.retry(heads);
      await refuse(queue, heads[1]!.id, 'still too large');
      const states = await parked.whereabouts(freed.toReversed());
      expect(states.map(({ key, state }) => [key, state])).to.deep.equal([
        [A, 'waiting'],
        [B, 'refused'],
        [C, 'waiting'],
      ]);
      expect(await parked.whereabouts([])).to.deep.equal([]);
    });
  });

  it('throws StorageUnavailable while the storage is away, and works again afterwards', async () => {
    const [message] = await parkKey(A, 1);
    const head = headOf([message!]);
    await queue.release();
    await harness.breakStorage();
    try {
      for (const [method, attempt] of [
        ['keys()', () => parked.keys()],
        ['find()', () => parked.find(head.id)],
        ['retry()', () => parked.retry([head])],
        ['discard()', () => parked.discard(head, 'why', true)],
        ['whereabouts()', () => parked.whereabouts([{ key: A, events: 1, last: '1' }])],
      ] as const)
        expect(await rejection(attempt()), method).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    expect(idsOf((await parked.keys()).map(({ event }) => event))).to.deep.equal([head.id]);
    expect(await harness.discarded()).to.deep.equal([]);
  });
}
