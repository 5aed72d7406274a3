import { expect } from 'chai';
import { OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import { type ListedViewField, ListOpportunities } from '#application/opportunities/list-opportunities';
import type { Actor } from '#domain/actor';
import { OPPORTUNITY_STATUSES, type OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { aListCommand } from '../../support/opportunities/a-listing.ts';
import {
  anOpportunity,
  fullDetails,
  SOME_DAY,
  someDetails,
  someId,
} from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { SEEN_BY } from '../../support/opportunities/opportunity-model.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

const NO_CATALOGUE = {
  find: () => Promise.reject(new Error('This catalogue only lists.')),
};

/** The statuses that the independent model gives to these readers. */
function seenBy(readers: (typeof SEEN_BY)[OpportunityStatus]): OpportunityStatus[] {
  return OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] === readers);
}

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

    for (const status of seenBy('owner and staff')) {
      it(`keeps a ${status} one between its owner and the staff`, async () => {
        const id = app.given(loadedOpportunity(status));
        for (const actor of [OWNER, MODERATOR, ADMIN])
          expect((await app.get.execute(actor, { id })).status).to.equal(status);
        expect(await rejection(app.get.execute(STRANGER, { id }))).to.be.instanceOf(OpportunityNotFound);
      });
    }

    it('shows a reader whom nobody knows what is public, and nothing else', async () => {
      for (const status of seenBy('everybody'))
        expect((await app.get.execute(undefined, { id: app.given(loadedOpportunity(status)) })).status).to.equal(
          status,
        );
      for (const status of [...seenBy('owner and staff'), ...seenBy('nobody')]) {
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

  describe('ListOpportunities', () => {
    const idsFor = async (actor: Actor, given: Parameters<typeof aListCommand>[0] = {}) =>
      (await app.list.execute(actor, aListCommand(given))).items.map(({ id }) => id);

    it('gives what is published, to everyone the same, unless statuses are named', async () => {
      const published = app.given(loadedOpportunity('published'));
      for (const status of OPPORTUNITY_STATUSES.filter((each) => each !== 'published'))
        app.given(loadedOpportunity(status));
      for (const actor of [OWNER, STRANGER, MODERATOR, ADMIN]) expect(await idsFor(actor)).to.deep.equal([published]);
    });

    it('gives one’s own in any status but deleted, and nobody else’s, not even to staff', async () => {
      const visible = OPPORTUNITY_STATUSES.filter((each) => SEEN_BY[each] !== 'nobody');
      const mine = visible.map((status) => app.given(loadedOpportunity(status)));
      app.given(loadedOpportunity('deleted'));
      app.given(anOpportunity({ ownerId: 'stranger' }).opportunity);
      expect(await idsFor(OWNER, { filter: { mine: true } })).to.have.members(mine);
      expect(await idsFor(ADMIN, { filter: { mine: true } })).to.deep.equal([]);
      expect(await idsFor(OWNER, { filter: { mine: true, statuses: ['draft'] } })).to.deep.equal([
        mine[visible.indexOf('draft')],
      ]);
    });

    it('keeps drafts and removed ones between their owner and the staff', async () => {
      for (const status of seenBy('owner and staff')) {
        const id = app.given(loadedOpportunity(status));
        for (const actor of [OWNER, MODERATOR, ADMIN])
          expect(await idsFor(actor, { filter: { statuses: [status] } })).to.deep.equal([id]);
        expect(await idsFor(STRANGER, { filter: { statuses: [status] } })).to.deep.equal([]);
      }
    });

    it('tells by the clock what is open', async () => {
      const id = app.given(anOpportunity({ details: someDetails({ deadlineAt }) }).opportunity);
      app.given(anOpportunity({ ownerId: 'stranger', status: 'draft' }).opportunity);
      const isOpen = async () => (await app.list.execute(OWNER, aListCommand({ fields: ['id', 'isOpen'] }))).items;
      const open = () => idsFor(OWNER, { filter: { open: true } });
      const mineAndOpen = () => idsFor(OWNER, { filter: { open: true, mine: true } });
      app.clock.advance(999);
      expect([await isOpen(), await open(), await mineAndOpen()]).to.deep.equal([[{ id, isOpen: true }], [id], [id]]);
      app.clock.advance(1);
      expect([await isOpen(), await open(), await mineAndOpen()]).to.deep.equal([[{ id, isOpen: false }], [], []]);
    });

    it('gives pages of the given length in the given order, from the given position on', async () => {
      const ids = [1, 2, 3].map((day) =>
        app.given(
          anOpportunity({ details: someDetails({ deadlineAt: new Date(SOME_DAY.getTime() + day) }) }).opportunity,
        ),
      );
      const page = (after: Awaited<ReturnType<typeof app.list.execute>>['next']) =>
        app.list.execute(STRANGER, aListCommand({ order: 'deadlineAt', limit: 2, after }));
      const first = await page(null);
      expect(first.items.map(({ id }) => id)).to.deep.equal(ids.slice(0, 2));
      const second = await page(first.next);
      expect(second.items.map(({ id }) => id)).to.deep.equal(ids.slice(2));
      expect(second.next).to.equal(null);
      const newest = await app.list.execute(STRANGER, aListCommand({ order: '-updatedAt' }));
      expect(newest.items.map(({ id }) => id)).to.deep.equal(ids.toReversed());
    });

    it('gives the fields that were asked for, and no others', async () => {
      const id = app.given(anOpportunity({ details: fullDetails() }).opportunity);
      const item = async (fields: ListedViewField[]) =>
        (await app.list.execute(OWNER, aListCommand({ fields }))).items[0];
      const { title, location } = fullDetails();
      expect(await item(['id', 'title', 'location'])).to.deep.equal({ id, title, location });
      expect(await item(['isOpen'])).to.deep.equal({ isOpen: true });
    });
  });

  describe('the fields that ListOpportunities asks the catalogue for', () => {
    const fieldsFor = async (...fields: ListedViewField[]) => {
      let asked: readonly string[] = [];
      const catalogue = {
        ...NO_CATALOGUE,
        list: async (_: unknown, listing: { fields: readonly string[] }) => {
          asked = listing.fields;
          return { items: [], next: null };
        },
      };
      await new ListOpportunities(catalogue, app.clock).execute(OWNER, aListCommand({ fields }));
      return asked;
    };

    it('are those of the request, and each only once', async () => {
      expect(await fieldsFor('title', 'status')).to.deep.equal(['title', 'status']);
    });

    it('are the fields from which isOpen is computed, in place of isOpen', async () => {
      expect(await fieldsFor('id', 'isOpen', 'status')).to.have.members(['id', 'status', 'opensAt', 'deadlineAt']);
    });
  });

  it('lists an opportunity without a deadline and without an opening day as open', async () => {
    app.given(anOpportunity().opportunity);
    const { items } = await app.list.execute(STRANGER, aListCommand({ fields: ['isOpen'] }));
    expect(items).to.deep.equal([{ isOpen: true }]);
  });
});
