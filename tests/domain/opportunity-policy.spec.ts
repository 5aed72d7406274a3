import { expect } from 'chai';
import type { Actor } from '#domain/actor';
import { type Decision, ensure, NotPermitted } from '#domain/decision';
import type { Opportunity } from '#domain/opportunity/opportunity';
import { OpportunityNotFound } from '#domain/opportunity/opportunity-errors';
import { ensureVisible, mayClose, mayPublish, visibleTo } from '#domain/opportunity/opportunity-policy';
import { OPPORTUNITY_STATUSES } from '#domain/opportunity/opportunity-status';
import { loadedOpportunity } from '../support/loaded-opportunity.ts';
import { thrownBy } from '../support/thrown-by.ts';

const ACTORS = {
  stranger: { id: 'stranger', role: 'user' },
  owner: { id: 'owner', role: 'user' },
  moderator: { id: 'moderator', role: 'moderator' },
  admin: { id: 'admin', role: 'admin' },
  'owner who is a moderator': { id: 'owner', role: 'moderator' },
  'owner who is an admin': { id: 'owner', role: 'admin' },
} satisfies Record<string, Actor>;

type Verdict = 'allowed' | 'denied' | 'invisible';

const always = (verdict: Verdict) => [verdict, verdict, verdict, verdict] as const;
/** Of someone else's: draft, published, closed, removed. */
const WHAT_IS_PUBLIC = ['invisible', 'denied', 'denied', 'invisible'] as const;

/** Status for status: draft, published, closed, removed. Whether the state machine has the edge is not the policy's matter. */
const TABLE: Record<string, Record<keyof typeof ACTORS, readonly Verdict[]>> = {
  read: {
    stranger: ['invisible', 'allowed', 'allowed', 'invisible'],
    owner: always('allowed'),
    moderator: always('allowed'),
    admin: always('allowed'),
    'owner who is a moderator': always('allowed'),
    'owner who is an admin': always('allowed'),
  },
  publish: {
    stranger: WHAT_IS_PUBLIC,
    owner: always('allowed'),
    moderator: always('denied'),
    admin: always('allowed'),
    'owner who is a moderator': always('allowed'),
    'owner who is an admin': always('allowed'),
  },
  close: {
    stranger: WHAT_IS_PUBLIC,
    owner: always('allowed'),
    moderator: always('allowed'),
    admin: always('allowed'),
    'owner who is a moderator': always('allowed'),
    'owner who is an admin': always('allowed'),
  },
};

const RULES: Record<string, (actor: Actor, opportunity: Opportunity) => Decision> = {
  read: () => ({ allowed: true }),
  publish: mayPublish,
  close: mayClose,
};

function verdict(actor: Actor, action: string, opportunity: Opportunity): Verdict {
  try {
    ensure(RULES[action]!(actor, ensureVisible(actor, opportunity)));
    return 'allowed';
  } catch (error) {
    if (error instanceof OpportunityNotFound) return 'invisible';
    expect(error).to.be.instanceOf(NotPermitted).with.property('code', 'forbidden');
    return 'denied';
  }
}

describe('who may do what', () => {
  for (const [action, rows] of Object.entries(TABLE)) {
    for (const [name, verdicts] of Object.entries(rows) as [keyof typeof ACTORS, readonly Verdict[]][]) {
      OPPORTUNITY_STATUSES.forEach((status, index) => {
        it(`${name}, ${action}, ${status}: ${verdicts[index]!}`, () => {
          expect(verdict(ACTORS[name], action, loadedOpportunity(status))).to.equal(verdicts[index]);
        });
      });
    }
  }

  it('gives every denial a reason', () => {
    for (const [rule, reason] of [
      [mayPublish, 'Only its owner may publish an opportunity.'],
      [mayClose, 'Only its owner or a moderator may close an opportunity.'],
    ] as const) {
      const decision = rule(ACTORS.stranger, loadedOpportunity('published'));
      expect(decision).to.deep.equal({ allowed: false, reason });
      expect(() => {
        ensure(decision);
      }).to.throw(NotPermitted, reason);
    }
  });

  it('makes what one may not see look exactly like what never was', () => {
    const hidden = thrownBy(() => ensureVisible(ACTORS.stranger, loadedOpportunity('draft'))) as OpportunityNotFound;
    const missing = thrownBy(() => ensureVisible(ACTORS.stranger, undefined)) as OpportunityNotFound;
    expect(JSON.stringify([hidden, hidden.message])).to.equal(JSON.stringify([missing, missing.message]));
    expect(hidden.code).to.equal('not_found');
  });

  it('gives the opportunity itself to whoever may see it', () => {
    const opportunity = loadedOpportunity('draft');
    expect(ensureVisible(ACTORS.owner, opportunity)).to.equal(opportunity);
  });

  it('says the same as a value for queries', () => {
    expect(visibleTo(ACTORS.owner)).to.deep.equal({ statuses: ['published', 'closed'], ownedBy: 'owner' });
    for (const staff of [ACTORS.moderator, ACTORS.admin])
      expect(visibleTo(staff)).to.deep.equal({ statuses: OPPORTUNITY_STATUSES, ownedBy: staff.id });
  });
});
