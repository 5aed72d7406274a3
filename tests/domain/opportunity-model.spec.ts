import { expect } from 'chai';
import fc from 'fast-check';
import { Opportunity } from '#domain/opportunity/opportunity';
import { IllegalTransition, NotPublishable } from '#domain/opportunity/opportunity-errors';
import type { OpportunityFact } from '#domain/opportunity/opportunity-events';
import { CLOSE_REASONS } from '#domain/opportunity/opportunity-status';
import { SOME_DAY, someDetails, someId } from '../support/an-opportunity.ts';

const HOUR = 3_600_000;

const action = fc.record({
  hoursLater: fc.integer({ min: 0, max: 3 }),
  actorId: fc.constantFrom('owner', 'moderator'),
  what: fc.oneof(
    fc.constant({ name: 'publish' as const }),
    fc.record({ name: fc.constant('close' as const), reason: fc.constantFrom(...CLOSE_REASONS) }),
  ),
});

const life = fc.record({
  first: fc.constantFrom('draft' as const, 'published' as const),
  described: fc.boolean(),
  deadlineInHours: fc.option(fc.integer({ min: 1, max: 8 })),
  actions: fc.array(action, { maxLength: 8 }),
});

/** All that matters of an opportunity, as simple as can be. */
type Model = { status: 'draft' | 'published' | 'closed'; facts: string[] };

describe('the life of an opportunity', () => {
  it('is what a small model says, fact by fact', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(life, ({ first, described, deadlineInHours, actions }) => {
        const deadlineAt = deadlineInHours === null ? null : new Date(SOME_DAY.getTime() + deadlineInHours * HOUR);
        const details = someDetails({ deadlineAt, ...(first === 'draft' && !described && { description: null }) });
        const created = Opportunity.create(someId(), details, first, { actorId: 'owner', at: SOME_DAY });
        const opportunity = created.opportunity;
        const facts: OpportunityFact[] = [created.created];
        const model: Model = { status: first, facts: ['OpportunityCreated'] };

        let hours = 0;
        for (const { what, hoursLater, actorId } of actions) {
          hours += hoursLater;
          const at = new Date(SOME_DAY.getTime() + hours * HOUR);
          const before = opportunity.state;

          const outcome = () => {
            if (what.name === 'close') {
              if (model.status !== 'published') return IllegalTransition;
              model.status = 'closed';
              return 'OpportunityClosed';
            }
            if (model.status !== 'draft') return IllegalTransition;
            if (details.description === null || (deadlineInHours !== null && deadlineInHours <= hours))
              return NotPublishable;
            model.status = 'published';
            return 'OpportunityPublished';
          };
          const expected = outcome();
          const act = () =>
            what.name === 'close'
              ? opportunity.close(what.reason, { actorId, at })
              : opportunity.publish({ actorId, at });
          seen.add(typeof expected === 'string' ? expected : expected.name);

          if (typeof expected !== 'string') {
            expect(act).to.throw(expected);
            expect(opportunity.state).to.deep.equal(before);
            continue;
          }
          const fact = act();
          facts.push(fact);
          model.facts.push(expected);
          expect(fact).to.deep.include({ opportunity: opportunity.state, actorId, occurredAt: at });
          expect(opportunity.status).to.equal(model.status);
          expect(opportunity.updatedAt).to.deep.equal(at);
          const open = model.status === 'published' && (deadlineInHours === null || hours < deadlineInHours);
          expect(opportunity.isOpenAt(at)).to.equal(open);
        }

        expect(facts.map(({ name }) => name)).to.deep.equal(model.facts);
        // A fact's version is its place in the history.
        expect(facts.map((fact) => fact.opportunity.version)).to.deep.equal(facts.map((_, index) => index + 1));
        expect(opportunity.version).to.equal(facts.length);
      }),
      { numRuns: 300 },
    );
    expect([...seen]).to.have.members([
      'OpportunityPublished',
      'OpportunityClosed',
      'IllegalTransition',
      'NotPublishable',
    ]);
  });
});
