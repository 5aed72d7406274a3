import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { ConcurrentChange, OpportunityExists } from '#application/ports/opportunities/opportunity-repository';
import { type Transaction, TransactionMisused } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { anOpportunity, fullDetails, SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { added, closeAndSave, committed, type TransactionHarness } from './transaction-harness.ts';

const BY_OWNER = { actorId: 'owner', at: SOME_DAY };

/** The contract of every OpportunityRepository, inside the UnitOfWork that gives it. */
export function opportunityRepositoryContract(start: () => Promise<TransactionHarness>): void {
  let harness: TransactionHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const run = <T>(work: (transaction: Transaction) => Promise<T>) => harness.unitOfWork.run(work);

  /** Closes the opportunity in its own transaction, which waits for the others between reading and writing. */
  const close = (id: string, othersHaveRead: () => Promise<void>) =>
    run(async (transaction) => {
      const opportunity = (await transaction.opportunities.get(id))!;
      await othersHaveRead();
      await closeAndSave(transaction, opportunity);
    });

  it('returns every field exactly as it was stored', async () => {
    const { id } = await added(harness, { details: fullDetails(), status: 'draft' });
    await run(async ({ opportunities, outbox }) => {
      const opportunity = (await opportunities.get(id))!;
      opportunity.publish({ actorId: 'owner', at: new Date('2026-06-02T01:02:03.004Z') });
      const closed = opportunity.close('cancelled', { actorId: 'owner', at: new Date('2026-06-03T01:02:03.005Z') });
      await opportunities.save(opportunity);
      await outbox.append(messageOf(closed, someId()));
    });

    const inside = (await run(({ opportunities }) => opportunities.get(id)))!;
    for (const found of [(await committed(harness, id))!, inside]) {
      expect(found.details).to.deep.equal(fullDetails());
      expect(found.state).to.deep.include({ status: 'closed', closeReason: 'cancelled', version: 3 });
      expect(found.publishedAt).to.deep.equal(new Date('2026-06-02T01:02:03.004Z'));
      expect(found.closedAt).to.deep.equal(new Date('2026-06-03T01:02:03.005Z'));
      // An unmapped field would be missing here.
      expect(Object.keys(found)).to.have.members(Object.keys(anOpportunity().opportunity));
      expect(Object.values(found.state)).to.not.include(undefined);
    }
  });

  it('returns removed, restored and deleted opportunities exactly as they were stored', async () => {
    const { id } = await added(harness);
    const at = (second: number) => ({ actorId: 'moderator', at: new Date(Date.UTC(2026, 6, 1, 0, 0, second)) });
    const states: unknown[] = [];
    for (const change of [
      (opportunity: Opportunity) => opportunity.remove('Łamie ☕ zasady', at(1)),
      (opportunity: Opportunity) => opportunity.restore(at(2)),
      (opportunity: Opportunity) => opportunity.edit({ title: 'Another title', tags: ['new'] }, at(3)),
      (opportunity: Opportunity) => opportunity.delete(at(4)),
    ]) {
      await run(async ({ opportunities, outbox }) => {
        const opportunity = (await opportunities.get(id))!;
        change(opportunity);
        await opportunities.save(opportunity);
        await outbox.append(messageOf(anOpportunity({ id }).created, someId()));
        states.push(opportunity.state);
      });
      expect((await committed(harness, id))?.state).to.deep.equal(states.at(-1));
      expect((await run(({ opportunities }) => opportunities.get(id)))?.state).to.deep.equal(states.at(-1));
    }
    expect((await committed(harness, id))?.status).to.equal('deleted');
  });

  it('changes no other opportunity', async () => {
    const [one, other] = [await added(harness), await added(harness, { ownerId: 'another' })];
    await close(one.id, async () => undefined);
    expect((await committed(harness, other.id))?.state).to.deep.equal(other.state);
  });

  it('sees its own writes, as objects of their own', async () => {
    const { opportunity, created } = anOpportunity();
    await run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      const first = (await opportunities.get(opportunity.id))!;
      expect(first.state).to.deep.equal(opportunity.state);
      expect(first).to.not.equal(opportunity);
      first.close('filled', BY_OWNER);
      expect((await opportunities.get(first.id))?.status, 'before it is saved').to.equal('published');
      await opportunities.save(first);
      const second = (await opportunities.get(first.id))!;
      expect(second.state).to.deep.equal(first.state);
      expect(second).to.not.equal(first);
      await outbox.append(messageOf(created, someId()));
    });
    expect((await committed(harness, opportunity.id))?.state).to.deep.include({ status: 'closed', version: 2 });
  });

  it('finds nothing under an id that was never added, and under a text that is no UUID', async () => {
    const { id } = await added(harness);
    for (const unknown of [
      someId(),
      '',
      'x',
      'null',
      `${id} `,
      ` ${id}`,
      `${id}0`,
      id.slice(1),
      `{${id}}`,
      id.replaceAll('-', ''),
    ]) {
      expect(await run(({ opportunities }) => opportunities.get(unknown)), unknown).to.equal(undefined);
      expect(await committed(harness, unknown), unknown).to.equal(undefined);
    }
  });

  it('finds an id in upper case as well', async () => {
    const { id } = await added(harness, { id: '01900000-0000-7000-8000-00000000abcd' });
    expect((await run(({ opportunities }) => opportunities.get(id.toUpperCase())))?.id).to.equal(id);
    expect((await committed(harness, id.toUpperCase()))?.id).to.equal(id);
  });

  describe('adds each id once', () => {
    const add = ({ opportunity, created }: ReturnType<typeof anOpportunity>) =>
      run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
      });

    it('and refuses an id that is stored', async () => {
      const old = await added(harness);
      const error = await rejection(add(anOpportunity({ id: old.id, ownerId: 'another' })));
      expect(error).to.be.instanceOf(OpportunityExists);
      expect((await committed(harness, old.id))?.state).to.deep.equal(old.state);
      expect(await harness.waiting()).to.have.length(1);
    });

    it('and refuses an id that the same block has added', async () => {
      const given = anOpportunity();
      const error = await rejection(
        run(async ({ opportunities, outbox }) => {
          await opportunities.add(given.opportunity);
          await outbox.append(messageOf(given.created, someId()));
          await opportunities.add(anOpportunity({ id: given.opportunity.id }).opportunity);
        }),
      );
      expect(error).to.be.instanceOf(OpportunityExists);
      expect(await committed(harness, given.opportunity.id)).to.equal(undefined);
    });

    it('and lets one of two simultaneous transactions add it', async () => {
      const id = someId();
      const results = await Promise.allSettled([add(anOpportunity({ id })), add(anOpportunity({ id }))]);
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(refused).to.have.length(1);
      expect(refused[0]).to.be.instanceOf(OpportunityExists);
      expect(await harness.waiting()).to.have.length(1);
    });
  });

  describe('stores an opportunity', () => {
    it('only when it is added or saved', async () => {
      const { id } = await added(harness);
      await run(async ({ opportunities }) => {
        (await opportunities.get(id))!.close('filled', BY_OWNER);
      });
      expect((await committed(harness, id))?.state).to.deep.include({ status: 'published', version: 1 });
    });

    it('as it was at the time of the call', async () => {
      const { opportunity, created } = anOpportunity();
      await run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        opportunity.close('filled', BY_OWNER);
        await outbox.append(messageOf(created, someId()));
      });
      expect((await committed(harness, opportunity.id))?.status).to.equal('published');

      const { id } = opportunity;
      await run(async ({ opportunities, outbox }) => {
        const read = (await opportunities.get(id))!;
        read.edit({ title: 'Another title' }, BY_OWNER);
        const saving = opportunities.save(read);
        read.close('filled', BY_OWNER);
        await saving;
        await outbox.append(messageOf(created, someId()));
        read.remove('Spam.', BY_OWNER);
      });
      const { status, version, details } = (await committed(harness, id))!.state;
      expect([status, version, details.title]).to.deep.equal(['published', 2, 'Another title']);
    });

    it('several times in one block', async () => {
      const { opportunity, created } = anOpportunity({ status: 'draft' });
      const { id } = opportunity;
      await run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        opportunity.publish(BY_OWNER);
        await opportunities.save(opportunity);
        await opportunities.save(opportunity);
        await outbox.append(messageOf(created, someId()));
      });
      expect((await committed(harness, id))?.state).to.deep.include({ status: 'published', version: 2 });
      await run(async (transaction) => {
        const read = (await transaction.opportunities.get(id))!;
        await closeAndSave(transaction, read);
        read.reopen(BY_OWNER);
        await closeAndSave(transaction, read, 'withdrawn');
      });
      expect((await committed(harness, id))?.state).to.deep.include({ closeReason: 'withdrawn', version: 5 });
    });
  });

  describe('refuses to save an object', () => {
    it('that is older than another object that the same block has saved', async () => {
      const { id } = await added(harness);
      const error = await rejection(
        run(async (transaction) => {
          const [first, second] = [
            (await transaction.opportunities.get(id))!,
            (await transaction.opportunities.get(id))!,
          ];
          await closeAndSave(transaction, first);
          await closeAndSave(transaction, second, 'withdrawn');
        }),
      );
      expect(error).to.be.instanceOf(ConcurrentChange);
      expect((await committed(harness, id))?.version).to.equal(1);
    });

    it('that this transaction has neither read nor added', async () => {
      const old = await added(harness);
      const earlier = (await run(({ opportunities }) => opportunities.get(old.id)))!;
      for (const stranger of [anOpportunity().opportunity, earlier, anOpportunity({ id: old.id }).opportunity]) {
        const error = await rejection(run((transaction) => closeAndSave(transaction, stranger)));
        expect(error).to.be.instanceOf(TransactionMisused);
        if (stranger.id !== old.id) expect(await committed(harness, stranger.id)).to.equal(undefined);
      }
      expect((await committed(harness, old.id))?.state).to.deep.equal(old.state);
    });

    it('that another transaction has changed since', async () => {
      const { id } = await added(harness);
      const error = await rejection(
        run(async (transaction) => {
          const mine = (await transaction.opportunities.get(id))!;
          await close(id, async () => undefined);
          await closeAndSave(transaction, mine, 'withdrawn');
        }),
      );
      expect(error).to.be.instanceOf(ConcurrentChange);
      expect((await committed(harness, id))?.state).to.deep.include({ closeReason: 'filled', version: 2 });
      expect((await harness.waiting()).map(({ attributes }) => attributes['sequence'])).to.deep.equal(['1', '2']);
    });
  });

  it('lets one of many simultaneous changes win, rejects the others, and loses nothing', async () => {
    const { id } = await added(harness);
    const rivals = 5;
    let reading = rivals;
    const everyone = Promise.withResolvers<undefined>();

    const results = await Promise.allSettled(
      Array.from({ length: rivals }, () =>
        close(id, async () => {
          reading -= 1;
          if (reading === 0) everyone.resolve(undefined);
          await everyone.promise;
        }),
      ),
    );

    const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(losers).to.have.length(rivals - 1);
    for (const loser of losers) expect(loser).to.be.instanceOf(ConcurrentChange);
    expect((await committed(harness, id))?.state).to.deep.include({ status: 'closed', version: 2 });
    const sequence = (await harness.waiting()).map(({ attributes }) => attributes['sequence']);
    expect(sequence).to.deep.equal(['1', '2']);
  });

  it('accepts a change after a rival has rolled back', async () => {
    const { id } = await added(harness);
    const rival = await rejection(
      run(async (transaction) => {
        await closeAndSave(transaction, (await transaction.opportunities.get(id))!);
        throw new Error('changed my mind');
      }),
    );
    expect(rival).to.have.property('message', 'changed my mind');
    await close(id, async () => undefined);
    expect((await committed(harness, id))?.version).to.equal(2);
  });
}
