import { expect } from 'chai';
import { NotPermitted } from '#domain/permission';
import { IllegalTransition, OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import { CLOSE_REASONS } from '#domain/opportunities/opportunity-status';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

describe('closing an opportunity', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
    app.clock.advance(1000);
  });

  for (const reason of CLOSE_REASONS) {
    it(`closes with the reason ${reason}, and appends the event`, async () => {
      const id = app.given(anOpportunity().opportunity);
      const now = app.clock.now();

      const { isOpen, ...state } = await app.change.execute(OWNER, 'close', { id, reason });

      expect(isOpen).to.equal(false);
      expect(state).to.deep.include({
        status: 'closed',
        closeReason: reason,
        version: 2,
        closedAt: now,
        updatedAt: now,
      });
      expect(app.stored(id)).to.deep.equal(state);
      const [event, ...others] = app.events();
      expect(others).to.deep.equal([]);
      expect(event).to.include({ key: id, type: 'opportunities.OpportunityClosed.v1', sequence: '2' });
      expect(event?.data).to.include({ actorId: 'owner', reason });
      expect(event?.data.opportunity).to.include({ status: 'closed', closeReason: reason, version: 2 });
      expect(app.steps).to.deep.equal(['get', 'save', 'append']);
    });
  }

  for (const actor of [MODERATOR, ADMIN]) {
    it(`lets ${actor.id === 'admin' ? 'an' : 'a'} ${actor.role} close somebody else’s, and names the actor in the event`, async () => {
      const id = app.given(anOpportunity().opportunity);
      expect((await app.change.execute(actor, 'close', { id, reason: 'cancelled' })).ownerId).to.equal('owner');
      expect(app.events()[0]?.data.actorId).to.equal(actor.id);
    });
  }

  for (const [name, actor, status, error] of [
    ['one that is not there', OWNER, undefined, OpportunityNotFound],
    ['a stranger’s draft', STRANGER, 'draft', OpportunityNotFound],
    ['a stranger’s removed one', STRANGER, 'removed', OpportunityNotFound],
    ['a stranger’s published one', STRANGER, 'published', NotPermitted],
    ['a stranger’s closed one', STRANGER, 'closed', NotPermitted],
    ['a draft', OWNER, 'draft', IllegalTransition],
    ['one that is closed', OWNER, 'closed', IllegalTransition],
    ['one that was removed', MODERATOR, 'removed', IllegalTransition],
  ] as const) {
    it(`refuses ${name} before anything is written`, async () => {
      const id = status ? app.given(loadedOpportunity(status)) : someId();
      const before = app.stored(id);
      expect(await rejection(app.change.execute(actor, 'close', { id, reason: 'filled' }))).to.be.instanceOf(error);
      expect(app.steps).to.deep.equal(['get']);
      expect(app.stored(id)).to.deep.equal(before);
      expect(app.events()).to.deep.equal([]);
    });
  }
});
