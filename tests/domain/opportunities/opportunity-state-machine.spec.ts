import { expect } from 'chai';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { IllegalTransition } from '#domain/opportunities/opportunity-errors';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
  transition,
} from '#domain/opportunities/opportunity-status';
import { SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { ACTIONS, statusAfter } from '../../support/opportunities/life-cycle.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const BY = { actorId: 'someone', at: SOME_DAY };
const INCOMPLETE = someDetails({ description: null });

/** The table of transitions has no edge for a repeated deletion, because it changes nothing. */
function outcomeOf(action: OpportunityAction, status: OpportunityStatus) {
  return action === 'delete' && status === 'deleted' ? 'nothing happens' : statusAfter(action, status);
}

const OPERATIONS: Record<OpportunityAction, (opportunity: Opportunity) => unknown> = {
  publish: (opportunity) => opportunity.publish(BY),
  edit: (opportunity) => opportunity.edit({ title: 'Another title' }, BY),
  close: (opportunity) => opportunity.close('filled', BY),
  reopen: (opportunity) => opportunity.reopen(BY),
  remove: (opportunity) => opportunity.remove('Spam.', BY),
  restore: (opportunity) => opportunity.restore(BY),
  delete: (opportunity) => opportunity.delete(BY),
};

/** How a refusal names an opportunity in each status. */
const SUBJECTS: Record<OpportunityStatus, string> = {
  draft: 'A draft',
  published: 'A published opportunity',
  closed: 'A closed opportunity',
  removed: 'A removed opportunity',
  deleted: 'A deleted opportunity',
};

/** How a refusal names each action, and the status in which an opportunity is when the action was already done. */
const REFUSED: Record<OpportunityAction, readonly [participle: string, alreadyIn: OpportunityStatus | null]> = {
  publish: ['published', 'published'],
  edit: ['edited', null],
  close: ['closed', 'closed'],
  reopen: ['reopened', 'published'],
  remove: ['removed', 'removed'],
  restore: ['restored', null],
  delete: ['deleted', 'deleted'],
};

/** What a client reads when the state machine refuses. */
function refusal(action: OpportunityAction, status: OpportunityStatus): string {
  const [participle, alreadyIn] = REFUSED[action];
  return status === alreadyIn
    ? `This opportunity is already ${status}.`
    : `${SUBJECTS[status]} cannot be ${participle}.`;
}

describe('the state machine', () => {
  for (const action of ACTIONS) {
    OPPORTUNITY_STATUSES.forEach((status) => {
      const outcome = outcomeOf(action, status);

      it(`${action}, from ${status}: ${outcome}`, () => {
        const opportunity = loadedOpportunity(status);
        const before = opportunity.state;
        if (outcome === 'nothing happens') {
          expect(OPERATIONS[action](opportunity)).to.equal(undefined);
          expect(opportunity.state).to.deep.equal(before);
          return;
        }
        if (outcome !== 'refused') {
          OPERATIONS[action](opportunity);
          expect(opportunity).to.include({ status: outcome, version: before.version + 1 });
          return;
        }
        const error = thrownBy(() => OPERATIONS[action](opportunity));
        expect(error).to.be.instanceOf(IllegalTransition).and.include({ code: 'invalid_state', currentStatus: status });
        expect((error as Error).message).to.equal(refusal(action, status));
        expect(opportunity.state).to.deep.equal(before);
      });

      if (outcome === 'refused')
        it(`${action}, from ${status}: reports the wrong status before any violation`, () => {
          const wrong: Partial<Record<OpportunityAction, OpportunityDetails>> = {
            publish: INCOMPLETE,
            reopen: INCOMPLETE,
          };
          const opportunity = loadedOpportunity(status, wrong[action] ?? someDetails());
          const worse: Partial<typeof OPERATIONS> = {
            edit: (one) => one.edit({ title: '' }, BY),
            remove: (one) => one.remove('', BY),
          };
          expect(thrownBy(() => (worse[action] ?? OPERATIONS[action])(opportunity))).to.be.instanceOf(
            IllegalTransition,
          );
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
