import { expect } from 'chai';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { IllegalTransition } from '#domain/opportunities/opportunity-errors';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
  transition,
  TRANSITIONS,
} from '#domain/opportunities/opportunity-status';
import { SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const BY = { actorId: 'someone', at: SOME_DAY };
const INCOMPLETE = someDetails({ description: null });

type Outcome = OpportunityStatus | 'refused' | 'nothing happens';

const _ = 'refused';
/** Outcomes from draft, published, closed, removed (a removed draft) and deleted, in this order. */
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

/** What a client reads when the state machine refuses. */
const REFUSALS: Record<OpportunityAction, Partial<Record<OpportunityStatus, string>>> = {
  publish: {
    published: 'This opportunity is already published.',
    closed: 'A closed opportunity cannot be published.',
    removed: 'A removed opportunity cannot be published.',
    deleted: 'A deleted opportunity cannot be published.',
  },
  edit: {
    removed: 'A removed opportunity cannot be edited.',
    deleted: 'A deleted opportunity cannot be edited.',
  },
  close: {
    draft: 'A draft cannot be closed.',
    closed: 'This opportunity is already closed.',
    removed: 'A removed opportunity cannot be closed.',
    deleted: 'A deleted opportunity cannot be closed.',
  },
  reopen: {
    draft: 'A draft cannot be reopened.',
    published: 'This opportunity is already published.',
    removed: 'A removed opportunity cannot be reopened.',
    deleted: 'A deleted opportunity cannot be reopened.',
  },
  remove: {
    removed: 'This opportunity is already removed.',
    deleted: 'A deleted opportunity cannot be removed.',
  },
  restore: {
    draft: 'A draft cannot be restored.',
    published: 'A published opportunity cannot be restored.',
    closed: 'A closed opportunity cannot be restored.',
    deleted: 'A deleted opportunity cannot be restored.',
  },
  delete: { removed: 'A removed opportunity cannot be deleted.' },
};

describe('the state machine', () => {
  it('has exactly these actions', () => {
    expect(Object.keys(TRANSITIONS)).to.have.members(Object.keys(EDGES));
  });

  for (const [action, outcomes] of Object.entries(EDGES) as [OpportunityAction, readonly Outcome[]][]) {
    OPPORTUNITY_STATUSES.forEach((status, index) => {
      const outcome = outcomes[index]!;

      it(`${action}, from ${status}: ${outcome}`, () => {
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
        expect((error as Error).message).to.equal(REFUSALS[action][status]);
        expect(opportunity.state).to.deep.equal(before);
      });

      if (outcome === 'refused')
        it(`${action}, from ${status}: reports the wrong status before any violation`, () => {
          const wrong: Partial<Record<OpportunityAction, OpportunityDetails>> = {
            publish: INCOMPLETE,
            reopen: INCOMPLETE,
          };
          const opportunity = loadedOpportunity(status, wrong[action] ?? someDetails());
          const worse: Partial<typeof ACTIONS> = {
            edit: (one) => one.edit({ title: '' }, BY),
            remove: (one) => one.remove('', BY),
          };
          expect(thrownBy(() => (worse[action] ?? ACTIONS[action])(opportunity))).to.be.instanceOf(IllegalTransition);
        });
    });
  }

  for (const before of ['draft', 'published', 'closed'] as const) {
    it(`restores an opportunity to ${before} when it was removed as ${before}`, () => {
      expect(transition('removed', 'restore', before)).to.equal(before);
    });
  }

  it('restores to draft, which readers cannot see, when the status before the removal is unknown', () => {
    expect(transition('removed', 'restore')).to.equal('draft');
  });
});
