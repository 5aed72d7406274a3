import { expect } from 'chai';
import { OpportunityNotFound } from '#domain/opportunity/opportunity-errors';
import { anOpportunity, SOME_DAY, someDetails, someId } from '../support/an-opportunity.ts';
import { inMemoryApplication } from '../support/in-memory-application.ts';
import { loadedOpportunity } from '../support/loaded-opportunity.ts';
import { rejection } from '../support/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../support/some-actors.ts';

describe('reading', () => {
  let app: ReturnType<typeof inMemoryApplication>;
  const deadlineAt = new Date(SOME_DAY.getTime() + 1000);

  beforeEach(() => {
    app = inMemoryApplication();
  });

  describe('GetOpportunity', () => {
    it('gives everything it is', async () => {
      const opportunity = loadedOpportunity('closed');
      const id = app.given(opportunity);
      expect(await app.get.execute(STRANGER, { id })).to.deep.equal({ ...opportunity.state, isOpen: false });
    });

    it('tells by the clock whether one can apply, though nothing was written at the deadline', async () => {
      const id = app.given(anOpportunity({ details: someDetails({ deadlineAt }) }).opportunity);
      const read = () => app.get.execute(STRANGER, { id });
      app.clock.advance(999);
      expect(await read()).to.include({ isOpen: true, status: 'published' });
      app.clock.advance(1);
      expect(await read()).to.include({ isOpen: false, status: 'published' });
    });

    for (const status of ['draft', 'removed'] as const) {
      it(`keeps a ${status} one between its owner and the staff`, async () => {
        const id = app.given(loadedOpportunity(status));
        for (const actor of [OWNER, MODERATOR, ADMIN])
          expect((await app.get.execute(actor, { id })).status).to.equal(status);
        expect(await rejection(app.get.execute(STRANGER, { id }))).to.be.instanceOf(OpportunityNotFound);
      });
    }

    it('shows a reader whom nobody knows what is public, and nothing else', async () => {
      for (const status of ['published', 'closed'] as const)
        expect((await app.get.execute(undefined, { id: app.given(loadedOpportunity(status)) })).status).to.equal(
          status,
        );
      for (const status of ['draft', 'removed', 'deleted'] as const) {
        const hidden = app.get.execute(undefined, { id: app.given(loadedOpportunity(status)) });
        expect(await rejection(hidden), status).to.be.instanceOf(OpportunityNotFound);
      }
    });

    it('shows a deleted one to nobody', async () => {
      const id = app.given(loadedOpportunity('deleted'));
      for (const actor of [OWNER, MODERATOR, ADMIN, STRANGER])
        expect(await rejection(app.get.execute(actor, { id }))).to.be.instanceOf(OpportunityNotFound);
    });

    it('finds nothing where nothing is', async () => {
      expect(await rejection(app.get.execute(ADMIN, { id: someId() }))).to.be.instanceOf(OpportunityNotFound);
    });
  });

  describe('ListMyOpportunities', () => {
    const several = (count: number) =>
      Array.from({ length: count }, () => app.given(anOpportunity({ status: 'draft' }).opportunity)).reverse();

    it('gives one’s own in any status but deleted, newest first, and nobody else’s, not even to staff', async () => {
      const mine = (['draft', 'published', 'closed', 'removed'] as const).map((status) =>
        app.given(loadedOpportunity(status)),
      );
      app.given(loadedOpportunity('deleted'));
      app.given(anOpportunity({ ownerId: 'stranger' }).opportunity);
      const page = await app.listMine.execute(OWNER, { limit: 10 });
      expect(page.items.map(({ id }) => id)).to.deep.equal([...mine].reverse());
      expect(page.nextAfter).to.equal(undefined);
      expect((await app.listMine.execute(ADMIN, { limit: 10 })).items).to.deep.equal([]);
    });

    it('fills its pages with what is not deleted', async () => {
      const [third, second, first] = [...several(3)];
      await app.delete.execute(OWNER, { id: second! });
      const page = await app.listMine.execute(OWNER, { limit: 2 });
      expect(page.items.map(({ id }) => id)).to.deep.equal([third, first]);
      expect(page.nextAfter).to.equal(undefined);
    });

    it('tells by the clock whether one can apply', async () => {
      app.given(anOpportunity({ details: someDetails({ deadlineAt }) }).opportunity);
      const open = async () => (await app.listMine.execute(OWNER, { limit: 1 })).items[0]?.isOpen;
      expect(await open()).to.equal(true);
      app.clock.advance(1000);
      expect(await open()).to.equal(false);
    });

    for (const [count, limit, sizes] of [
      [0, 2, [0]],
      [1, 2, [1]],
      [2, 2, [2]],
      [3, 2, [2, 1]],
      [4, 2, [2, 2]],
      [5, 2, [2, 2, 1]],
    ] as const) {
      it(`pages through ${count} by ${limit}: ${sizes.join(', ')}`, async () => {
        const ids = several(count);
        const pages: string[][] = [];
        let after: string | undefined;
        do {
          const page = await app.listMine.execute(OWNER, { limit, after });
          pages.push(page.items.map(({ id }) => id));
          after = page.nextAfter;
        } while (after !== undefined);
        expect(pages.map(({ length }) => length)).to.deep.equal(sizes);
        expect(pages.flat()).to.deep.equal(ids);
      });
    }
  });
});
