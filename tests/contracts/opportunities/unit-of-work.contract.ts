import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import type { Message } from '#application/messages/message';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from '#application/ports/opportunities/idempotency-keys';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import { messageBytes, MessageTooLarge } from '#application/ports/outbox/outbox';
import type { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import type { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { anOpportunity, fullDetails, SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';

export type UnitOfWorkHarness = {
  readonly unitOfWork: UnitOfWork;
  /** Reads committed opportunities. */
  readonly catalogue: OpportunityCatalogue;
  /** The committed events that wait for the relay, oldest first. */
  waiting(): Promise<readonly Message[]>;
  /** The limit that the unit of work was given. */
  readonly largestMessageBytes: number;
  /** How often the relay was woken up. */
  nudges(): number;
};

const EVERYTHING = { statuses: OPPORTUNITY_STATUSES, ownerId: 'nobody', ownStatuses: [] };

/** What every UnitOfWork must do, with the ports that exist inside it. */
export function unitOfWorkContract(start: () => Promise<UnitOfWorkHarness>): void {
  let harness: UnitOfWorkHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const stored = (id: string) => harness.catalogue.find(id, EVERYTHING);

  async function add(given: Parameters<typeof anOpportunity>[0] = {}): Promise<Opportunity> {
    const { opportunity, created } = anOpportunity(given);
    await harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(messageOf(created, someId()));
    });
    return opportunity;
  }

  /** Closes the opportunity in its own transaction, which waits for the others between reading and writing. */
  async function close(id: string, othersHaveRead: () => Promise<void>): Promise<void> {
    await harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      const opportunity = await opportunities.get(id);
      await othersHaveRead();
      const closed = opportunity!.close('filled', { actorId: 'owner', at: SOME_DAY });
      await opportunities.save(opportunity!);
      await outbox.append(messageOf(closed, someId()));
    });
  }

  it('stores a change and its event together, and returns the result of the block', async () => {
    const { opportunity, created } = anOpportunity();
    const message = messageOf(created, someId());

    const answer = await harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(message);
      return 'done';
    });

    expect(answer).to.equal('done');
    expect((await stored(opportunity.id))?.state).to.deep.equal(opportunity.state);
    const [event] = await harness.waiting();
    expect(event).to.deep.include({ id: message.id, key: message.key, payload: message.payload });
    expect(event?.attributes).to.deep.equal(message.attributes);
  });

  it('returns every field exactly as it was stored', async () => {
    const { id } = await add({ details: fullDetails(), status: 'draft' });
    await harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      const opportunity = (await opportunities.get(id))!;
      opportunity.publish({ actorId: 'owner', at: new Date('2026-06-02T01:02:03.004Z') });
      const closed = opportunity.close('cancelled', { actorId: 'owner', at: new Date('2026-06-03T01:02:03.005Z') });
      await opportunities.save(opportunity);
      await outbox.append(messageOf(closed, someId()));
    });

    const found = (await stored(id))!;
    expect(found.details).to.deep.equal(fullDetails());
    expect(found.state).to.deep.include({ status: 'closed', closeReason: 'cancelled', version: 3 });
    expect(found.publishedAt).to.deep.equal(new Date('2026-06-02T01:02:03.004Z'));
    expect(found.closedAt).to.deep.equal(new Date('2026-06-03T01:02:03.005Z'));
    // An unmapped field would be missing here.
    expect(Object.keys(found)).to.have.members(Object.keys(anOpportunity().opportunity));
    expect(Object.values(found.state)).to.not.include(undefined);
  });

  it('returns removed, restored and deleted opportunities exactly as they were stored', async () => {
    const { id } = await add();
    const at = (second: number) => ({ actorId: 'moderator', at: new Date(Date.UTC(2026, 6, 1, 0, 0, second)) });
    const states: unknown[] = [];
    for (const change of [
      (opportunity: Opportunity) => opportunity.remove('Łamie ☕ zasady', at(1)),
      (opportunity: Opportunity) => opportunity.restore(at(2)),
      (opportunity: Opportunity) => opportunity.edit({ title: 'Another title', tags: ['new'] }, at(3)),
      (opportunity: Opportunity) => opportunity.delete(at(4)),
    ]) {
      await harness.unitOfWork.run(async ({ opportunities, outbox }) => {
        const opportunity = (await opportunities.get(id))!;
        change(opportunity);
        await opportunities.save(opportunity);
        await outbox.append(messageOf(anOpportunity().created, someId()));
        states.push(opportunity.state);
      });
      expect((await stored(id))?.state).to.deep.equal(states.at(-1));
    }
    expect((await stored(id))?.status).to.equal('deleted');
  });

  it('stores nothing when the block fails, and passes the failure on', async () => {
    const { opportunity, created } = anOpportunity();
    const failure = new Error('changed my mind');

    const error = await rejection(
      harness.unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
        throw failure;
      }),
    );

    expect(error).to.equal(failure);
    expect(await stored(opportunity.id)).to.equal(undefined);
    expect(await harness.waiting()).to.deep.equal([]);
    expect(harness.nudges()).to.equal(0);
  });

  it('stores nothing of a change whose event is too large to be published', async () => {
    const { opportunity, created } = anOpportunity();
    const small = { ...messageOf(created, someId()), payload: '' };
    const message = { ...small, payload: 'x'.repeat(harness.largestMessageBytes - messageBytes(small) + 1) };

    const error = await rejection(
      harness.unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(message);
      }),
    );

    expect(error).to.be.instanceOf(MessageTooLarge);
    expect(await stored(opportunity.id)).to.equal(undefined);
    expect(await harness.waiting()).to.deep.equal([]);
  });

  it('stores no change that was not saved', async () => {
    const { id } = await add();
    await harness.unitOfWork.run(async ({ opportunities }) => {
      (await opportunities.get(id))!.close('filled', { actorId: 'owner', at: SOME_DAY });
    });
    expect((await stored(id))?.state).to.deep.include({ status: 'published', version: 1 });
  });

  it('finds no opportunity that was never added', async () => {
    expect(await harness.unitOfWork.run(({ opportunities }) => opportunities.get(someId()))).to.equal(undefined);
  });

  it('wakes the relay up after each commit', async () => {
    await add();
    await add();
    expect(harness.nudges()).to.equal(2);
  });

  it('lets one of many simultaneous changes win, rejects the others, and loses nothing', async () => {
    const { id } = await add();
    const rivals = 5;
    let reading = rivals;
    let allHaveRead: () => void = () => undefined;
    const everyone = new Promise<void>((resolve) => (allHaveRead = resolve));

    const results = await Promise.allSettled(
      Array.from({ length: rivals }, () =>
        close(id, () => {
          reading -= 1;
          if (reading === 0) allHaveRead();
          return everyone;
        }),
      ),
    );

    const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(losers).to.have.length(rivals - 1);
    for (const loser of losers) expect(loser).to.be.instanceOf(ConcurrentChange);
    expect((await stored(id))?.state).to.deep.include({ status: 'closed', version: 2 });
    const sequence = (await harness.waiting()).map(({ attributes }) => attributes['sequence']);
    expect(sequence).to.deep.equal(['1', '2']);
  });

  describe('an idempotency key', () => {
    const retry = { key: 'key', fingerprint: 'request' };
    const use = (
      userId: string,
      { key, fingerprint } = retry,
      answer = '{"n":1}',
      meanwhile = async () => undefined as unknown,
    ) =>
      harness.unitOfWork.run(async ({ idempotencyKeys }) => {
        const earlier = await idempotencyKeys.claim(userId, { key, fingerprint });
        if (earlier !== undefined) return earlier;
        await meanwhile();
        await idempotencyKeys.remember(userId, { key, fingerprint }, answer);
        return undefined;
      });

    it('gives the response of the first request, exactly as it was', async () => {
      const answer = JSON.stringify({ text: 'Ż ☕ "quoted" ?', n: 1 });
      expect(await use('ada', retry, answer)).to.equal(undefined);
      expect(await use('ada', retry, 'another')).to.equal(answer);
      expect(await use('ada', retry, 'another')).to.equal(answer);
    });

    it('belongs to one user', async () => {
      await use('ada');
      expect(await use('bob')).to.equal(undefined);
      expect(await use('ada', { ...retry, key: 'another' })).to.equal(undefined);
    });

    it('is refused for a different request', async () => {
      await use('ada');
      const error = await rejection(use('ada', { ...retry, fingerprint: 'another request' }));
      expect(error).to.be.instanceOf(IdempotencyKeyReused);
    });

    it('is stored only when the transaction commits', async () => {
      const failure = new Error('changed my mind');
      const error = await rejection(use('ada', retry, '1', () => Promise.reject(failure)));
      expect(error).to.equal(failure);
      expect(await use('ada', retry, '2')).to.equal(undefined);
      expect(await use('ada')).to.equal('2');
    });

    it('is held by one transaction: another is refused at once, and gets the response later', async () => {
      const running = Promise.withResolvers<undefined>();
      const gate = Promise.withResolvers<undefined>();
      const first = use('ada', retry, '1', async () => {
        running.resolve(undefined);
        await gate.promise;
      });
      await running.promise;
      expect(await rejection(use('ada'))).to.be.instanceOf(IdempotencyKeyInUse);
      gate.resolve(undefined);
      await first;
      expect(await use('ada')).to.equal('1');
    });

    it('lets one of many simultaneous requests do the work', async () => {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => use('ada')));
      const done = results.filter((result) => result.status === 'fulfilled' && result.value === undefined);
      expect(done).to.have.length(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).to.be.instanceOf(IdempotencyKeyInUse);
    });
  });

  it('keeps many simultaneous changes of different opportunities apart', async () => {
    const added = await Promise.all(Array.from({ length: 20 }, () => add()));
    for (const opportunity of added) expect((await stored(opportunity.id))?.state).to.deep.equal(opportunity.state);
    const keys = (await harness.waiting()).map(({ key }) => key);
    expect(keys).to.have.members(added.map(({ id }) => id));
  });
}
