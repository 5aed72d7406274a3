import { expect } from 'chai';
import fc from 'fast-check';
import { Opportunity } from '#domain/opportunity/opportunity';
import { IllegalTransition, InvalidOpportunity, NotPublishable } from '#domain/opportunity/opportunity-errors';
import type { OpportunityFact } from '#domain/opportunity/opportunity-events';
import { missingForReaders } from '#domain/opportunity/opportunity-invariants';
import { CLOSE_REASONS, type OpportunityStatus } from '#domain/opportunity/opportunity-status';
import { SOME_DAY, someDetails, someId } from '../support/an-opportunity.ts';

const HOUR = 3_600_000;
const after = (hours: number) => new Date(SOME_DAY.getTime() + hours * HOUR);

/** What matters of the details: whether readers can be without them, and until when one can apply. */
type Said = { readonly described: boolean; readonly deadlineInHours: number | null };

const described = fc.boolean();
const deadlineInHours = fc.option(fc.integer({ min: 1, max: 8 }));

const what = fc.oneof(
  fc.record({ name: fc.constant('publish' as const) }),
  fc.record({
    name: fc.constant('edit' as const),
    said: fc.oneof(fc.record({ described }), fc.record({ deadlineInHours }), fc.constant({})),
  }),
  fc.record({ name: fc.constant('close' as const), reason: fc.constantFrom(...CLOSE_REASONS) }),
  fc.record({ name: fc.constant('reopen' as const) }),
  fc.record({ name: fc.constant('remove' as const), reason: fc.constantFrom('Spam.', 'Asks for money.', '') }),
  fc.record({ name: fc.constant('restore' as const) }),
  fc.record({ name: fc.constant('delete' as const) }),
);
type What = typeof what extends fc.Arbitrary<infer T> ? T : never;

const life = fc.record({
  first: fc.constantFrom('draft' as const, 'published' as const),
  said: fc.record({ described, deadlineInHours }),
  actions: fc.array(
    fc.record({ hoursLater: fc.integer({ min: 0, max: 3 }), actorId: fc.constantFrom('owner', 'moderator'), what }),
    { maxLength: 12, size: 'max' },
  ),
});

/** All that matters of an opportunity, as simple as can be. */
type Model = Said & { readonly status: OpportunityStatus; readonly before?: OpportunityStatus };
type Refusal = typeof IllegalTransition | typeof InvalidOpportunity | typeof NotPublishable;
type Outcome = Refusal | 'nothing' | readonly [OpportunityFact['name'], Model];

function outcome(model: Model, action: What, hours: number): Outcome {
  const { status } = model;
  const passed = ({ deadlineInHours: deadline }: Said) => deadline !== null && deadline <= hours;
  const unfit = !model.described || passed(model);
  const alive = status === 'draft' || status === 'published' || status === 'closed';
  switch (action.name) {
    case 'publish':
      if (status !== 'draft') return IllegalTransition;
      return unfit ? NotPublishable : ['OpportunityPublished', { ...model, status: 'published' }];
    case 'close':
      return status === 'published' ? ['OpportunityClosed', { ...model, status: 'closed' }] : IllegalTransition;
    case 'reopen':
      if (status !== 'closed') return IllegalTransition;
      return unfit ? NotPublishable : ['OpportunityReopened', { ...model, status: 'published' }];
    case 'remove':
      if (!alive) return IllegalTransition;
      if (action.reason === '') return InvalidOpportunity;
      return ['OpportunityRemoved', { ...model, status: 'removed', before: status }];
    case 'restore':
      if (status !== 'removed') return IllegalTransition;
      return ['OpportunityRestored', { ...model, status: model.before! }];
    case 'delete':
      if (status === 'deleted') return 'nothing';
      return alive ? ['OpportunityDeleted', { ...model, status: 'deleted' }] : IllegalTransition;
    case 'edit': {
      const next = { ...model, ...action.said };
      const otherDeadline = next.deadlineInHours !== model.deadlineInHours;
      if (!alive) return IllegalTransition;
      if (!otherDeadline && next.described === model.described) return 'nothing';
      if (status === 'published' && (!next.described || (otherDeadline && passed(next)))) return InvalidOpportunity;
      return ['OpportunityUpdated', next];
    }
  }
}

function detailsOf(said: Partial<Said>) {
  return {
    ...(said.described !== undefined && { description: said.described ? 'Build services with us.' : null }),
    ...(said.deadlineInHours !== undefined && {
      deadlineAt: said.deadlineInHours === null ? null : after(said.deadlineInHours),
    }),
  };
}

function act(opportunity: Opportunity, action: What, by: { actorId: string; at: Date }): OpportunityFact | undefined {
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

describe('the life of an opportunity', () => {
  it('is what a small model says, fact by fact', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(life, ({ first, said, actions }) => {
        let model: Model = { ...said, described: first === 'published' || said.described, status: first };
        const created = Opportunity.create(someId(), someDetails(detailsOf(model)), first, {
          actorId: 'owner',
          at: SOME_DAY,
        });
        const opportunity = created.opportunity;
        const facts: OpportunityFact[] = [created.created];
        const names: string[] = ['OpportunityCreated'];

        let hours = 0;
        for (const { what: action, hoursLater, actorId } of actions) {
          hours += hoursLater;
          const at = after(hours);
          const before = opportunity.state;
          const expected = outcome(model, action, hours);

          if (typeof expected === 'function') {
            seen.add(`${action.name}: ${expected.name}`);
            expect(() => act(opportunity, action, { actorId, at })).to.throw(expected);
            expect(opportunity.state).to.deep.equal(before);
            continue;
          }
          const fact = act(opportunity, action, { actorId, at });
          if (expected === 'nothing') {
            seen.add(`${action.name}: nothing`);
            expect(fact).to.equal(undefined);
            expect(opportunity.state).to.deep.equal(before);
            continue;
          }
          const [name, next] = expected;
          model = next;
          names.push(name);
          seen.add(`${action.name}: ${name}`);
          facts.push(fact!);
          expect(fact).to.deep.include({ opportunity: opportunity.state, actorId, occurredAt: at });
          expect(opportunity.status).to.equal(model.status);
          expect(opportunity.updatedAt).to.deep.equal(at);
          expect(opportunity.details).to.deep.equal(someDetails(detailsOf(model)));

          const { state } = opportunity;
          const deadline = model.deadlineInHours;
          const open = model.status === 'published' && (deadline === null || hours < deadline);
          expect(opportunity.isOpenAt(at)).to.equal(open);
          // What is said of a status is there in that status, and nowhere else.
          const removed = model.status === 'removed';
          expect(state.removedFrom).to.equal(removed ? model.before : null);
          expect(state.removalReason !== null).to.equal(removed);
          expect(state.deletedAt !== null).to.equal(model.status === 'deleted');
          expect(state.closeReason === null).to.equal(state.closedAt === null);
          if (model.status === 'closed') expect(state.closedAt).to.not.equal(null);
          if (model.status === 'published') {
            expect(state.closedAt).to.equal(null);
            expect(state.publishedAt).to.not.equal(null);
            expect(missingForReaders(state.details)).to.deep.equal([]);
          }
        }

        expect(facts.map(({ name }) => name)).to.deep.equal(names);
        // A fact's version is its place in the history.
        expect(facts.map((fact) => fact.opportunity.version)).to.deep.equal(facts.map((_, index) => index + 1));
        expect(opportunity.version).to.equal(facts.length);
      }),
      { numRuns: 1000 },
    );
    expect([...seen]).to.have.members([
      ...['publish: OpportunityPublished', 'publish: IllegalTransition', 'publish: NotPublishable'],
      ...['edit: OpportunityUpdated', 'edit: IllegalTransition', 'edit: InvalidOpportunity', 'edit: nothing'],
      ...['close: OpportunityClosed', 'close: IllegalTransition'],
      ...['reopen: OpportunityReopened', 'reopen: IllegalTransition', 'reopen: NotPublishable'],
      ...['remove: OpportunityRemoved', 'remove: IllegalTransition', 'remove: InvalidOpportunity'],
      ...['restore: OpportunityRestored', 'restore: IllegalTransition'],
      ...['delete: OpportunityDeleted', 'delete: IllegalTransition', 'delete: nothing'],
    ]);
  });
});
