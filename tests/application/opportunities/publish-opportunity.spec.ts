import { expect } from 'chai';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import { NotPermitted } from '#domain/permission';
import { IllegalTransition, NotPublishable, OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import { anOpportunity, SOME_DAY, someDetails, someId } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

describe('publishing an opportunity', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
    app.clock.advance(1000);
  });

  for (const actor of [OWNER, ADMIN]) {
    it(`publishes a draft for its ${actor.id === 'owner' ? 'owner' : 'admin'}, and appends the event`, async () => {
      const id = app.given(anOpportunity({ status: 'draft' }).opportunity);
      const now = app.clock.now();

      const { isOpen, ...state } = await app.change.execute(actor, 'publish', { id });

      expect(isOpen).to.equal(true);
      expect(state).to.deep.include({ ownerId: 'owner', status: 'published', version: 2, createdAt: SOME_DAY });
      expect(state).to.deep.include({ publishedAt: now, updatedAt: now });
      expect(app.stored(id)).to.deep.equal(state);
      const [event, ...others] = app.events();
      expect(others).to.deep.equal([]);
      expect(event).to.include({ key: id, type: 'opportunities.OpportunityPublished.v1', sequence: '2' });
      expect(event?.data.actorId).to.equal(actor.id);
      expect(event?.data.opportunity).to.include({ status: 'published', version: 2, ownerId: 'owner' });
      expect(app.steps).to.deep.equal(['get', 'save', 'append']);
    });
  }

  const draft = () => loadedOpportunity('draft');
  for (const [name, actor, opportunity, error] of [
    ['one that is not there', OWNER, undefined, OpportunityNotFound],
    ['a stranger’s draft', STRANGER, draft, OpportunityNotFound],
    ['a stranger’s published one', STRANGER, () => loadedOpportunity('published'), NotPermitted],
    ['a moderator’s case', MODERATOR, draft, NotPermitted],
    ['one that is published', OWNER, () => loadedOpportunity('published'), IllegalTransition],
    ['one that is closed', OWNER, () => loadedOpportunity('closed'), IllegalTransition],
    ['one that was removed', OWNER, () => loadedOpportunity('removed'), IllegalTransition],
    [
      'one that is not complete',
      OWNER,
      () => loadedOpportunity('draft', someDetails({ description: null })),
      NotPublishable,
    ],
  ] as const) {
    it(`refuses ${name} before anything is written`, async () => {
      const id = opportunity ? app.given(opportunity()) : someId();
      const before = app.stored(id);
      expect(await rejection(app.change.execute(actor, 'publish', { id }))).to.be.instanceOf(error);
      expect(app.steps).to.deep.equal(['get']);
      expect(app.stored(id)).to.deep.equal(before);
      expect(app.events()).to.deep.equal([]);
    });
  }

  it('lets one of two simultaneous requests win and tells the other', async () => {
    const id = app.given(anOpportunity({ status: 'draft' }).opportunity);
    const results = await Promise.allSettled([
      app.change.execute(OWNER, 'publish', { id }),
      app.change.execute(OWNER, 'publish', { id }),
    ]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(errors).to.have.length(1);
    expect(errors[0]).to.be.instanceOf(ConcurrentChange);
    expect(app.stored(id)?.version).to.equal(2);
    expect(app.events()).to.have.length(1);
  });
});
