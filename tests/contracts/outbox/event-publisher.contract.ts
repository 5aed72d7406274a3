import { expect } from 'chai';
import type { Message } from '#application/messages/message';
import { messageBytes } from '#application/ports/outbox/outbox';
import { BrokerUnavailable, type EventPublisher } from '#application/ports/outbox/event-publisher';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

export type EventPublisherHarness = {
  readonly publisher: EventPublisher;
  /** The records that a consumer has received so far. Those of one key are in order. */
  received(): readonly { readonly key: string; readonly headers: Record<string, string>; readonly payload: string }[];
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

/** What every EventPublisher must do. */
export function eventPublisherContract(start: () => Promise<EventPublisherHarness>): void {
  let harness: EventPublisherHarness;

  before(async () => {
    harness = await start();
  });

  const receivedOf = (key: string) => harness.received().filter((each) => each.key === key);

  it('publishes keys, attributes and payloads as they are, and keeps the order of each key', async () => {
    const [one, other] = [someId(), someId()];
    const messages = [message(one, 1), message(other, 1), message(one, 2), message(one, 3), message(other, 2)];
    await harness.publisher.publish(messages.slice(0, 3));
    await harness.publisher.publish(messages.slice(3));

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

  it('publishes a batch of its limit, and a message of its largest size', async () => {
    const { batchLimit, largestMessageBytes } = harness.publisher;
    expect(batchLimit.bytes, 'a message of the largest size fits into a batch').to.be.at.least(largestMessageBytes);
    const key = someId();
    const batch = Array.from({ length: batchLimit.messages }, (_, number) => message(key, number));
    await harness.publisher.publish(batch);
    const largest = message(key, batch.length);
    const payload = 'x'.repeat(largestMessageBytes - messageBytes({ ...largest, payload: '' }));
    await harness.publisher.publish([{ ...largest, payload }]);
    await eventually(() => receivedOf(key).length > batch.length || undefined);
    expect(receivedOf(key).map(({ headers }) => headers['ce_id'])).to.deep.equal(
      [...batch, largest].map(({ id }) => id),
    );
  }).timeout(30_000);

  it('rejects with BrokerUnavailable while the broker is away, as its probe does, and publishes again when it is back', async () => {
    const key = someId();
    await harness.publisher.publish([message(key, 1)]);
    await harness.publisher.probe();
    await harness.breakBroker();
    expect(await rejection(harness.publisher.publish([message(key, 2)]))).to.be.instanceOf(BrokerUnavailable);
    expect(await rejection(harness.publisher.probe())).to.be.instanceOf(BrokerUnavailable);
    await harness.healBroker();
    await eventually(async () => {
      await harness.publisher.probe();
      return true;
    }, 30_000);

    const again = message(key, 2);
    await eventually(async () => {
      await harness.publisher.publish([again]);
      return true;
    }, 30_000);
    await eventually(() => receivedOf(key).some(({ headers }) => headers['ce_id'] === again.id) || undefined, 30_000);
  }).timeout(90_000);
}
