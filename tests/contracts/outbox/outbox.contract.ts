import { expect } from 'chai';
import type { Message } from '#application/messages/message';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { messageBytes, MessageTooLarge } from '#application/ports/outbox/outbox';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { committed, type TransactionHarness } from '../opportunities/transaction-harness.ts';

/** The contract of every Outbox, inside the UnitOfWork that gives it. */
export function outboxContract(start: () => Promise<TransactionHarness>): void {
  let harness: TransactionHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const append = (...messages: Message[]) =>
    harness.unitOfWork.run(async ({ outbox }) => {
      for (const message of messages) await outbox.append(message);
    });
  const event = (): Message => messageOf(anOpportunity().created, someId());
  const parts = ({ id, key, attributes, payload }: Message) => ({ id, key, attributes, payload });

  it('stores every part of a message exactly as it was', async () => {
    const odd = { ...event(), attributes: { type: 'a', text: 'Ż ☕ "quoted"', empty: '' }, payload: ' {"ż": "☕"}\n' };
    await append(odd);
    expect((await harness.waiting()).map(parts)).to.deep.equal([odd]);
  });

  it('keeps the order of the calls, and of the commits', async () => {
    const messages = Array.from({ length: 6 }, event);
    await append(...messages.slice(0, 3));
    await append(...messages.slice(3));
    expect((await harness.waiting()).map(({ id }) => id)).to.deep.equal(messages.map(({ id }) => id));
  });

  it('stores a message as it was at the time of the call', async () => {
    const given = event();
    const attributes = { ...given.attributes };
    await harness.unitOfWork.run(async ({ outbox }) => {
      const message = { ...given, attributes };
      await outbox.append(message);
      message.payload = 'changed';
      attributes['type'] = 'changed';
    });
    expect((await harness.waiting()).map(parts)).to.deep.equal([given]);
  });

  it('keeps what is in a later message of the same key, too', async () => {
    const [one, other] = [event(), event()];
    await append(one, { ...other, key: one.key });
    expect((await harness.waiting()).map(({ id, key }) => [id, key])).to.deep.equal([
      [one.id, one.key],
      [other.id, one.key],
    ]);
  });

  describe('with a message of the largest size', () => {
    /** A message with so many bytes more than the limit. Its text has characters of several bytes. */
    const sized = (more: number): Message => {
      const small = { ...event(), attributes: { text: 'ż☕' }, payload: '☕ż' };
      return { ...small, payload: `☕ż${'x'.repeat(harness.largestMessageBytes - messageBytes(small) + more)}` };
    };

    it('stores it', async () => {
      const largest = sized(0);
      await append(largest);
      expect((await harness.waiting()).map(({ payload }) => payload)).to.deep.equal([largest.payload]);
    });

    it('refuses one more byte, together with the change of the transaction', async () => {
      const { opportunity } = anOpportunity();
      const error = await rejection(
        harness.unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append({ ...sized(1), key: opportunity.id });
        }),
      );
      expect(error).to.be.instanceOf(MessageTooLarge);
      expect(await committed(harness, opportunity.id)).to.equal(undefined);
      expect(await harness.waiting()).to.deep.equal([]);
    });
  });
}
