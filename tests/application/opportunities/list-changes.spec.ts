import { expect } from 'chai';
import { ListChanges } from '#application/opportunities/list-changes';
import { FeedPositionExpired } from '#application/ports/opportunities/change-feed';
import { OPPORTUNITY_STATUSES, type OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { anOpportunity, SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { ACTIONS, statusAfter } from '../../support/opportunities/life-cycle.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { SEEN_BY } from '../../support/opportunities/opportunity-model.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

const DAY = 86_400_000;

describe('ListChanges', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
  });

  const all = { limit: 100 };

  it('gives what GetOpportunity gives', async () => {
    const deadlineAt = new Date(SOME_DAY.getTime() + 1000);
    const id = app.given(anOpportunity({ details: someDetails({ deadlineAt }) }).opportunity);
    const { items } = await app.listChanges.execute(STRANGER, all);
    expect(items).to.deep.equal([await app.get.execute(STRANGER, { id })]);
    app.clock.advance(1000);
    expect((await app.listChanges.execute(STRANGER, all)).items[0]).to.include({ isOpen: false });
  });

  it('begins without tombstones', async () => {
    app.given(loadedOpportunity('deleted'));
    for (const actor of [OWNER, STRANGER, MODERATOR, ADMIN]) {
      const { items, tombstones, hasMore } = await app.listChanges.execute(actor, all);
      expect({ items, tombstones, hasMore }).to.deep.equal({ items: [], tombstones: [], hasMore: false });
    }
  });

  it('goes on page by page, and then from the last token', async () => {
    const ids = [1, 2, 3].map(() => app.given(anOpportunity().opportunity)).sort();
    const first = await app.listChanges.execute(STRANGER, { limit: 2 });
    expect([first.items.length, first.hasMore]).to.deep.equal([2, true]);
    app.clock.advance(1000);
    const second = await app.listChanges.execute(STRANGER, { since: first.next, limit: 2 });
    expect([second.items.length, second.hasMore]).to.deep.equal([1, false]);
    expect([...first.items, ...second.items].map(({ id }) => id).sort()).to.deep.equal(ids);
    expect(second.next.issuedAt, 'each page renews the token').to.deep.equal(app.clock.now());
    const third = await app.listChanges.execute(STRANGER, { since: second.next, limit: 2 });
    expect([third.items, third.hasMore]).to.deep.equal([[], false]);
  });

  it('says nothing of an opportunity that the actor never saw, even if the feed gives it', async () => {
    const changed = [loadedOpportunity('draft'), loadedOpportunity('removed'), loadedOpportunity('published')];
    const careless = { read: async () => ({ changed, position: 'a position', hasMore: false }) };
    const page = await new ListChanges(careless, app.clock).execute(STRANGER, all);
    expect(page.items.map(({ id }) => id)).to.deep.equal([changed[2]?.id]);
    expect(page.tombstones).to.deep.equal([]);
  });

  it('issues a token to this actor, in this role, now', async () => {
    const { next } = await app.listChanges.execute(MODERATOR, all);
    expect(next).to.include({ userId: 'moderator', role: 'moderator' });
    expect(next.issuedAt).to.deep.equal(SOME_DAY);
  });

  it('says since when something is gone, and not why', async () => {
    const removed = app.given(anOpportunity().opportunity);
    const deleted = app.given(anOpportunity().opportunity);
    const { next } = await app.listChanges.execute(STRANGER, all);
    app.clock.advance(1000);
    await app.change.execute(MODERATOR, 'remove', { id: removed, reason: 'Spam.' });
    app.clock.advance(1000);
    await app.change.execute(OWNER, 'delete', { id: deleted });
    app.clock.advance(1000);
    const { items, tombstones } = await app.listChanges.execute(STRANGER, { since: next, ...all });
    expect(items).to.deep.equal([]);
    expect(tombstones).to.have.deep.members([
      { id: removed, deletedAt: new Date(SOME_DAY.getTime() + 1000) },
      { id: deleted, deletedAt: new Date(SOME_DAY.getTime() + 2000) },
    ]);
  });

  it('takes the last change for the disappearance, because only the return can follow a disappearance', () => {
    const isPublic = (status: OpportunityStatus) => SEEN_BY[status] === 'everybody';
    const hidden = OPPORTUNITY_STATUSES.filter(isPublic)
      .flatMap((status) => ACTIONS.map((action) => statusAfter(action, status)))
      .filter((status) => status !== 'refused')
      .filter((status) => !isPublic(status));
    const others = hidden.flatMap((status) =>
      ACTIONS.filter((action) => {
        const next = statusAfter(action, status, 'published');
        return next !== 'refused' && !isPublic(next);
      }).map((action) => `${action}, from ${status}`),
    );
    expect(others, 'These changes of hidden opportunities would move the instant in tombstones.').to.deep.equal([]);
  });

  it('takes a token for thirty days, from the same user in the same role', async () => {
    const { next: since } = await app.listChanges.execute(OWNER, all);
    for (const actor of [STRANGER, { ...OWNER, role: 'moderator' as const }])
      expect(await rejection(app.listChanges.execute(actor, { since, ...all })))
        .to.be.instanceOf(FeedPositionExpired)
        .with.property('message', 'The token was issued to another user or for another role. Begin a new copy.');
    app.clock.advance(30 * DAY);
    await app.listChanges.execute(OWNER, { since, ...all });
    app.clock.advance(1);
    const error = await rejection(app.listChanges.execute(OWNER, { since, ...all }));
    expect(error).to.be.instanceOf(FeedPositionExpired).with.property('code', 'sync_token_expired');
    expect(error).to.have.property('message', 'The token is more than 30 days old. Begin a new copy.');
  });
});
