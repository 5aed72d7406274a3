import { expect } from 'chai';
import type { Message } from '#application/messages/message';
import { messageBytes } from '#application/ports/outbox/outbox';
import { BrokerUnavailable, type EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

export type EventPublisherHarness = {
  readonly publisher: EventPublisher;
  /** The records that a consumer has received so far. Those of one key are in order. */
  received(): readonly { readonly key: string; readonly headers: Record<string, string>; readonly payload: string }[];
  /** Returns a message that the broker refuses for itself, however often it is sent. */
  refusable(key: string): Message;
  /** Takes the broker away. healBroker() brings it back. */
  breakBroker(): Promise<void>;
  healBroker(): Promise<void>;
};

function message(key: string, number: number): Message {
  const id = someId();
  return {
    id,
    key,
    attributes: { specversion: '1.0', id, sequence: String(number), datacontenttype: 'application/json' },
    payload: JSON.stringify({ number, text: '☕ ż' }),
  };
}

/** The contract of every EventPublisher. */
export function eventPublisherContract(start: () => Promise<EventPublisherHarness>): void {
  let harness: EventPublisherHarness;

  before(async () => {
    harness = await start();
  });

  const receivedOf = (key: string) => harness.received().filter((each) => each.key === key);
  /** The ids of the key's records, as soon as there are so many. */
  const idsOf = (key: string, count: number) =>
    eventually(() => {
      const ids = receivedOf(key).map(({ headers }) => headers['ce_id']);
      return ids.length >= count ? ids : undefined;
    }, 20_000);

  it('publishes keys, attributes and payloads as they are, and keeps the order of each key', async () => {
    const [one, other] = [someId(), someId()];
    const messages = [message(one, 1), message(other, 1), message(one, 2), message(one, 3), message(other, 2)];
    const before = structuredClone(messages);
    await harness.publisher.publish(messages.slice(0, 3));
    await harness.publisher.publish(messages.slice(3));
    expect(messages, 'the messages of the caller').to.deep.equal(before);

    for (const key of [one, other]) {
      const sent = messages.filter((each) => each.key === key);
      const received = await eventually(() => (receivedOf(key).length >= sent.length ? receivedOf(key) : undefined));
      expect(received.map(({ payload }) => payload)).to.deep.equal(sent.map(({ payload }) => payload));
      expect(received.map(({ headers }) => headers)).to.deep.equal(
        sent.map(({ id, attributes }) => ({
          ce_specversion: '1.0',
          ce_id: id,
          ce_sequence: attributes['sequence'],
          'content-type': 'application/json',
        })),
      );
    }
  });

  it('publishes a message as often as it is called, because only consumers recognise repeats', async () => {
    const key = someId();
    const [one, other] = [message(key, 1), message(key, 2)];
    await harness.publisher.publish([one, other]);
    await harness.publisher.publish([one]);
    await harness.publisher.publish([one, other]);
    expect(await idsOf(key, 5)).to.deep.equal([one.id, other.id, one.id, one.id, other.id]);
  }).timeout(30_000);

  describe('rejects with MessagesRefused', () => {
    it('a message that the broker never accepts, alone and in a batch', async () => {
      const key = someId();
      const poison = harness.refusable(key);
      for (const batch of [[poison], [message(someId(), 1), poison], [poison, message(someId(), 1)], [poison]])
        expect(await rejection(harness.publisher.publish(batch))).to.be.instanceOf(MessagesRefused);
      expect(receivedOf(key)).to.deep.equal([]);
    }).timeout(30_000);

    it('and goes on with other messages, of the same key as well', async () => {
      const key = someId();
      const [one, two] = [message(key, 1), message(key, 2)];
      await harness.publisher.publish([one]);
      expect(await rejection(harness.publisher.publish([harness.refusable(key)]))).to.be.instanceOf(MessagesRefused);
      await harness.publisher.publish([two]);
      expect(await idsOf(key, 2)).to.deep.equal([one.id, two.id]);
    }).timeout(30_000);
  });

  it('publishes a batch of its limit, and a message of its largest size', async () => {
    const { batchLimit, largestMessageBytes } = harness.publisher;
    expect(batchLimit.bytes, 'a message of the largest size fits into a batch').to.be.at.least(largestMessageBytes);
    const key = someId();
    const batch = Array.from({ length: batchLimit.messages }, (_, number) => message(key, number));
    await harness.publisher.publish(batch);
    const largest = message(key, batch.length);
    const payload = 'x'.repeat(largestMessageBytes - messageBytes({ ...largest, payload: '' }));
    await harness.publisher.publish([{ ...largest, payload }]);
    expect(await idsOf(key, batch.length + 1)).to.deep.equal([...batch, largest].map(({ id }) => id));
    expect(receivedOf(key).at(-1)?.payload.length).to.equal(payload.length);
  }).timeout(30_000);

  it('rejects with BrokerUnavailable while the broker is away, and publishes again when it is back', async () => {
    const key = someId();
    await harness.publisher.publish([message(key, 1)]);
    await harness.breakBroker();
    const again = message(key, 2);
    expect(await rejection(harness.publisher.publish([again]))).to.be.instanceOf(BrokerUnavailable);
    await harness.healBroker();

    await eventually(async () => {
      await harness.publisher.publish([again]);
      return true;
    }, 30_000);
    await eventually(() => receivedOf(key).some(({ headers }) => headers['ce_id'] === again.id) || undefined, 30_000);
  }).timeout(90_000);
}
