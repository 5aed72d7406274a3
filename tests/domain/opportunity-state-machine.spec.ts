import { expect } from 'chai';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { IllegalTransition } from '#domain/opportunities/opportunity-errors';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
  transition,
  TRANSITIONS,
} from '#domain/opportunities/opportunity-status';
import { SOME_DAY, someDetails } from '../support/an-opportunity.ts';
import { loadedOpportunity } from '../support/loaded-opportunity.ts';
import { thrownBy } from '../support/thrown-by.ts';

const BY = { actorId: 'someone', at: SOME_DAY };
const INCOMPLETE = someDetails({ description: null });

type Outcome = OpportunityStatus | 'refused' | 'nothing happens';

const _ = 'refused';
/** From draft, published, closed, removed (when it was a draft), deleted. */
const EDGES: Record<OpportunityAction, readonly [Outcome, Outcome, Outcome, Outcome, Outcome]> = {
  publish: ['published', _, _, _, _],
  edit: ['draft', 'published', 'closed', _, _],
  close: [_, 'closed', _, _, _],
  reopen: [_, _, 'published', _, _],
  remove: ['removed', 'removed', 'removed', _, _],
  restore: [_, _, _, 'draft', _],
  delete: ['deleted', 'deleted', 'deleted', _, 'nothing happens'],
};

const ACTIONS: Record<OpportunityAction, (opportunity: Opportunity) => unknown> = {
  publish: (opportunity) => opportunity.publish(BY),
  edit: (opportunity) => opportunity.edit({ title: 'Another title' }, BY),
  close: (opportunity) => opportunity.close('filled', BY),
  reopen: (opportunity) => opportunity.reopen(BY),
  remove: (opportunity) => opportunity.remove('Spam.', BY),
  restore: (opportunity) => opportunity.restore(BY),
  delete: (opportunity) => opportunity.delete(BY),
};

describe('the state machine', () => {
  it('has no other actions', () => {
    expect(Object.keys(TRANSITIONS)).to.have.members(Object.keys(EDGES));
  });

  for (const [action, outcomes] of Object.entries(EDGES) as [OpportunityAction, readonly Outcome[]][]) {
    OPPORTUNITY_STATUSES.forEach((status, index) => {
      const outcome = outcomes[index]!;

      it(`${action} of a ${status} one: ${outcome}`, () => {
        const opportunity = loadedOpportunity(status);
        const before = opportunity.state;
        if (outcome === 'nothing happens') {
          expect(ACTIONS[action](opportunity)).to.equal(undefined);
          expect(opportunity.state).to.deep.equal(before);
          return;
        }
        if (outcome !== 'refused') {
          ACTIONS[action](opportunity);
          expect(opportunity).to.include({ status: outcome, version: before.version + 1 });
          return;
        }
        const error = thrownBy(() => ACTIONS[action](opportunity));
        expect(error).to.be.instanceOf(IllegalTransition).and.include({ code: 'invalid_state', currentStatus: status });
        expect((error as Error).message)
          .to.contain(action)
          .and.contain(status);
        expect(opportunity.state).to.deep.equal(before);
      });

      if (outcome === 'refused')
        it(`${action} of a ${status} one: the wrong status is named before anything else that is wrong`, () => {
          const wrong = { publish: INCOMPLETE, reopen: INCOMPLETE } as Partial<Record<OpportunityAction, object>>;
          const opportunity = Object.assign(loadedOpportunity(status), { _details: wrong[action] ?? someDetails() });
          const worse: Partial<typeof ACTIONS> = {
            edit: (one) => one.edit({ title: '' }, BY),
            remove: (one) => one.remove('', BY),
          };
          expect(thrownBy(() => (worse[action] ?? ACTIONS[action])(opportunity))).to.be.instanceOf(IllegalTransition);
        });
    });
  }

  for (const before of ['draft', 'published', 'closed'] as const) {
    it(`restore of one that was ${before}: ${before}`, () => {
      expect(transition('removed', 'restore', before)).to.equal(before);
    });
  }

  it('shows to nobody what was removed from it does not know where', () => {
    expect(transition('removed', 'restore')).to.equal('draft');
  });
});
