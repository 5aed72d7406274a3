import { expect } from 'chai';
import fc from 'fast-check';
import { DomainError } from '#domain/domain-error';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityEvent } from '#domain/opportunities/opportunity-events';
import { missingForReaders } from '#domain/opportunities/opportunity-invariants';
import { OPPORTUNITY_STATUSES, type OpportunityAction } from '#domain/opportunities/opportunity-status';
import { someDetails, someId } from '../../support/opportunities/an-opportunity.ts';
import { ACTIONS, statusAfter } from '../../support/opportunities/life-cycle.ts';
import {
  atHour,
  type Change,
  change,
  changed,
  changedFieldsOf,
  CHANGES,
  created,
  creation,
  detailsOf,
  isOpenAt,
  type Model,
  stateOf,
} from '../../support/opportunities/opportunity-model.ts';

const life = fc.record({
  creation,
  actions: fc.array(
    fc.record({
      hoursLater: fc.integer({ min: 0, max: 3 }),
      actorId: fc.constantFrom('owner', 'moderator'),
      action: change,
    }),
    { maxLength: 12, size: 'max' },
  ),
});

function act(
  opportunity: Opportunity,
  action: Change,
  by: { actorId: string; at: Date },
): OpportunityEvent | undefined {
  switch (action.name) {
    case 'edit':
      return opportunity.edit(detailsOf(action.said), by);
    case 'close':
      return opportunity.close(action.reason, by);
    case 'remove':
      return opportunity.remove(action.reason, by);
    default:
      return opportunity[action.name](by);
  }
}

/** The code of the refusal that the action throws, if it throws one. */
function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

/** Every outcome that the model predicts, and that must occur. Each action is also refused in some status. */
const OUTCOMES: Record<'create' | OpportunityAction, readonly string[]> = {
  create: ['validation_failed'],
  publish: ['OpportunityPublished', 'invalid_state', 'not_publishable'],
  edit: ['OpportunityUpdated', 'invalid_state', 'validation_failed', 'nothing'],
  close: ['OpportunityClosed', 'invalid_state'],
  reopen: ['OpportunityReopened', 'invalid_state', 'not_publishable'],
  remove: ['OpportunityRemoved', 'invalid_state', 'validation_failed'],
  restore: ['OpportunityRestored', 'invalid_state'],
  delete: ['OpportunityDeleted', 'invalid_state', 'nothing'],
};

/** An opportunity that could be published, in the model. */
const COMPLETE: Model = {
  described: true,
  deadlineInHours: null,
  ownerId: 'owner',
  status: 'draft',
  removed: null,
  closed: null,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  publishedAt: null,
  deletedAt: null,
};

describe('the table of transitions', () => {
  for (const status of OPPORTUNITY_STATUSES)
    for (const action of ACTIONS)
      it(`has the same edge as the independent model: ${action}, from ${status}`, () => {
        const removed = status === 'removed' ? ({ from: 'draft', reason: 'Spam.' } as const) : null;
        const edge = statusAfter(action, status);
        for (const input of fc.sample<Change>(CHANGES[action].arbitrary, { numRuns: 20, seed: 1 })) {
          const outcome = changed({ ...COMPLETE, status, removed }, input, 0);
          const repeatedDeletion = action === 'delete' && status === 'deleted';
          if ('refusal' in outcome)
            expect(outcome.refusal === 'invalid_state', outcome.refusal).to.equal(edge === 'refused');
          else expect(outcome.next.status).to.equal(repeatedDeletion ? 'deleted' : edge);
        }
      });
});

describe('the life of an opportunity', () => {
  it('follows a small model, event by event', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(life, ({ creation: { name, first, said }, actions }) => {
        const id = someId();
        const birth = created({ name, first, said }, 'owner', 0);
        const create = () =>
          Opportunity.create(id, someDetails(detailsOf(said)), first, { actorId: 'owner', at: atHour(0) });
        if ('refusal' in birth) {
          seen.add(`create: ${birth.refusal}`);
          expect(refusalOf(create)).to.equal(birth.refusal);
          return;
        }
        const { opportunity, created: event } = create();
        let model = birth.next;
        expect(event).to.deep.equal({
          name: 'OpportunityCreated',
          opportunity: stateOf(model, id),
          actorId: 'owner',
          occurredAt: atHour(0),
        });

        let hours = 0;
        for (const { action, hoursLater, actorId } of actions) {
          hours += hoursLater;
          const at = atHour(hours);
          const expected = changed(model, action, hours);

          if ('refusal' in expected) {
            seen.add(`${action.name}: ${expected.refusal}`);
            expect(refusalOf(() => act(opportunity, action, { actorId, at }))).to.equal(expected.refusal);
          } else {
            seen.add(`${action.name}: ${expected.event ?? 'nothing'}`);
            const before = model;
            model = expected.next;
            expect(act(opportunity, action, { actorId, at })).to.deep.equal(
              expected.event && {
                name: expected.event,
                opportunity: stateOf(model, id),
                actorId,
                occurredAt: at,
                ...('reason' in action && { reason: action.reason }),
                ...(action.name === 'edit' && { changedFields: changedFieldsOf(before, model) }),
              },
            );
          }
          expect(opportunity.state).to.deep.equal(stateOf(model, id));
          expect(opportunity.isOpenAt(at)).to.equal(isOpenAt(model, hours));
          if (model.status === 'published') expect(missingForReaders(opportunity.details)).to.deep.equal([]);
        }
      }),
      { numRuns: 1000 },
    );
    const all = Object.entries(OUTCOMES).flatMap(([name, outcomes]) =>
      outcomes.map((outcome) => `${name}: ${outcome}`),
    );
    expect([...seen]).to.have.members(all);
  });
});
