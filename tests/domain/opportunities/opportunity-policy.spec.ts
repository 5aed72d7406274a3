import { expect } from 'chai';
import { type Actor, isUserId } from '#domain/actor';
import { type Decision, ensure, NotPermitted } from '#domain/permission';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import {
  appearanceTo,
  ensureVisible,
  ensureVisibleOrDeleted,
  mayClose,
  mayDelete,
  mayEdit,
  mayPublish,
  mayRemove,
  mayReopen,
  mayRestore,
  onceVisibleTo,
  visibleTo,
} from '#domain/opportunities/opportunity-policy';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
} from '#domain/opportunities/opportunity-status';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { SEEN_BY } from '../../support/opportunities/opportunity-model.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const ACTORS = {
  stranger: { id: 'stranger', role: 'user' },
  owner: { id: 'owner', role: 'user' },
  moderator: { id: 'moderator', role: 'moderator' },
  admin: { id: 'admin', role: 'admin' },
  'owner who is a moderator': { id: 'owner', role: 'moderator' },
  'owner who is an admin': { id: 'owner', role: 'admin' },
} satisfies Record<string, Actor>;

type Verdict = 'allowed' | 'denied' | 'invisible';

type Verdicts = Record<OpportunityStatus, Verdict>;

/** Verdicts for an opportunity that the actor may see in every status in which somebody may. */
const always = (verdict: Verdict) => forEachStatus((status) => (SEEN_BY[status] === 'nobody' ? 'invisible' : verdict));
/** Verdicts for an opportunity that the actor may see only in the statuses that everybody may see. */
const inPublic = (verdict: Verdict) =>
  forEachStatus((status) => (SEEN_BY[status] === 'everybody' ? verdict : 'invisible'));
/** Verdicts of an actor who may not do the action, for an opportunity of somebody else. */
const WHAT_IS_PUBLIC = inPublic('denied');
const ALLOWED = always('allowed');
const DENIED = always('denied');

const OWNER_OR_ADMIN = {
  stranger: WHAT_IS_PUBLIC,
  owner: ALLOWED,
  moderator: DENIED,
  admin: ALLOWED,
  'owner who is a moderator': ALLOWED,
  'owner who is an admin': ALLOWED,
};
const STAFF = {
  stranger: WHAT_IS_PUBLIC,
  owner: DENIED,
  moderator: ALLOWED,
  admin: ALLOWED,
  'owner who is a moderator': ALLOWED,
  'owner who is an admin': ALLOWED,
};
/** Verdicts for deleting: a repeated deletion has the verdict of the first one. */
const OR_DELETED: Verdicts = { ...ALLOWED, deleted: 'allowed' };

/** Verdicts for each status. Whether the state machine has the edge is not decided here. */
const TABLE: Record<'read' | OpportunityAction, Record<keyof typeof ACTORS, Verdicts>> = {
  read: { ...STAFF, stranger: inPublic('allowed'), owner: ALLOWED },
  publish: OWNER_OR_ADMIN,
  edit: OWNER_OR_ADMIN,
  close: { ...STAFF, owner: ALLOWED },
  reopen: OWNER_OR_ADMIN,
  remove: STAFF,
  restore: STAFF,
  delete: {
    ...OWNER_OR_ADMIN,
    owner: OR_DELETED,
    admin: OR_DELETED,
    'owner who is a moderator': OR_DELETED,
    'owner who is an admin': OR_DELETED,
  },
};

const RULES: Record<keyof typeof TABLE, (actor: Actor, opportunity: Opportunity) => Decision> = {
  read: () => ({ allowed: true }),
  publish: mayPublish,
  edit: mayEdit,
  close: mayClose,
  reopen: mayReopen,
  remove: mayRemove,
  restore: mayRestore,
  delete: mayDelete,
};

function forEachStatus(verdictIn: (status: OpportunityStatus) => Verdict): Verdicts {
  return Object.fromEntries(OPPORTUNITY_STATUSES.map((status) => [status, verdictIn(status)])) as Verdicts;
}

function verdict(actor: Actor, action: keyof typeof TABLE, opportunity: Opportunity): Verdict {
  try {
    const see = action === 'delete' ? ensureVisibleOrDeleted : ensureVisible;
    ensure(RULES[action](actor, see(actor, opportunity)));
    return 'allowed';
  } catch (error) {
    if (error instanceof OpportunityNotFound) return 'invisible';
    expect(error).to.be.instanceOf(NotPermitted).with.property('code', 'forbidden');
    return 'denied';
  }
}

describe('who may do what', () => {
  for (const [action, rows] of Object.entries(TABLE) as [keyof typeof TABLE, (typeof TABLE)['read']][]) {
    for (const [name, verdicts] of Object.entries(rows) as [keyof typeof ACTORS, Verdicts][]) {
      OPPORTUNITY_STATUSES.forEach((status) => {
        it(`${name}, ${action}, ${status}: ${verdicts[status]}`, () => {
          expect(verdict(ACTORS[name], action, loadedOpportunity(status))).to.equal(verdicts[status]);
        });
      });
    }
  }

  it('gives a reason with every denial', () => {
    for (const [rule, reason] of [
      [mayPublish, 'Only its owner may publish an opportunity.'],
      [mayEdit, 'Only its owner may edit an opportunity.'],
      [mayClose, 'Only its owner or a moderator may close an opportunity.'],
      [mayReopen, 'Only its owner may reopen an opportunity.'],
      [mayRemove, 'Only a moderator may remove an opportunity.'],
      [mayRestore, 'Only a moderator may restore an opportunity.'],
      [mayDelete, 'Only its owner may delete an opportunity.'],
    ] as const) {
      const decision = rule(ACTORS.stranger, loadedOpportunity('published'));
      expect(decision).to.deep.equal({ allowed: false, reason });
      expect(() => {
        ensure(decision);
      }).to.throw(NotPermitted, reason);
    }
  });

  for (const see of [ensureVisible, ensureVisibleOrDeleted]) {
    for (const status of OPPORTUNITY_STATUSES.filter((each) => SEEN_BY[each] !== 'everybody')) {
      it(`${see.name} makes a stranger’s ${status} opportunity look exactly like a missing one`, () => {
        const hidden = thrownBy(() => see(ACTORS.stranger, loadedOpportunity(status))) as OpportunityNotFound;
        const missing = thrownBy(() => see(ACTORS.stranger, undefined)) as OpportunityNotFound;
        expect(JSON.stringify([hidden, hidden.message])).to.equal(JSON.stringify([missing, missing.message]));
        expect(hidden.code).to.equal('not_found');
      });
    }

    it(`${see.name} gives the opportunity itself to an actor who may see it`, () => {
      const opportunity = loadedOpportunity('draft');
      expect(see(ACTORS.owner, opportunity)).to.equal(opportunity);
    });
  }

  it('tells only actors who may delete an opportunity that it is deleted', () => {
    const deleted = loadedOpportunity('deleted');
    for (const actor of [ACTORS.owner, ACTORS.admin]) expect(ensureVisibleOrDeleted(actor, deleted)).to.equal(deleted);
    for (const actor of [ACTORS.stranger, ACTORS.moderator])
      expect(thrownBy(() => ensureVisibleOrDeleted(actor, deleted))).to.be.instanceOf(OpportunityNotFound);
  });

  describe('tells what becomes of an actor’s copy', () => {
    const once = (status: 'removed' | 'deleted') =>
      Object.assign(loadedOpportunity(status), {
        _publishedAt: SOME_DAY,
        ...(status === 'removed' && { _removedFrom: 'published' }),
      });
    const all: Record<string, () => Opportunity> = {
      draft: () => loadedOpportunity('draft'),
      published: () => loadedOpportunity('published'),
      closed: () => loadedOpportunity('closed'),
      'removed as a draft': () => loadedOpportunity('removed'),
      'removed after it was published': () => once('removed'),
      'deleted as a draft': () => loadedOpportunity('deleted'),
      'deleted after it was published': () => once('deleted'),
    };
    const STAFF_OR_OWNER = ['visible', 'visible', 'visible', 'visible', 'visible', 'gone', 'gone'];
    const OTHERS = ['unknown', 'visible', 'visible', 'unknown', 'gone', 'unknown', 'gone'];
    for (const [name, actor] of Object.entries(ACTORS))
      Object.entries(all).forEach(([what, make], index) => {
        const expected = (name === 'stranger' ? OTHERS : STAFF_OR_OWNER)[index];
        it(`${name}, ${what}: ${expected!}`, () => {
          const opportunity = make();
          expect(appearanceTo(actor, opportunity)).to.equal(expected);
          const { everybodys, ownerId } = onceVisibleTo(actor);
          const seen = everybodys === 'all' || opportunity.ownerId === ownerId || opportunity.publishedAt !== null;
          expect(seen, 'the same as a value for queries').to.equal(expected !== 'unknown');
        });
      });
  });

  describe('says the same as the value for queries', () => {
    for (const [name, actor] of Object.entries(ACTORS)) {
      for (const status of OPPORTUNITY_STATUSES) {
        it(`${name}, ${status}`, () => {
          const { statuses, ownerId, ownStatuses } = visibleTo(actor);
          const opportunity = loadedOpportunity(status);
          const found = (opportunity.ownerId === ownerId ? ownStatuses : statuses).includes(status);
          expect(found ? 'allowed' : 'invisible').to.equal(verdict(actor, 'read', opportunity));
        });
      }
    }

    it('for whole lists', () => {
      const but = OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] !== 'nobody');
      const everybodys = OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] === 'everybody');
      for (const { id, role } of Object.values(ACTORS))
        expect(visibleTo({ id, role })).to.deep.equal({
          statuses: role === 'user' ? everybodys : but,
          ownerId: id,
          ownStatuses: but,
        });
    });

    it('for a reader without a token, who owns nothing', () => {
      const { ownerId, ...seen } = visibleTo(undefined);
      expect(isUserId(ownerId)).to.equal(false);
      expect(seen).to.deep.equal({ statuses: ['published', 'closed'], ownStatuses: ['published', 'closed'] });
    });

    it('for what an actor may have seen before', () => {
      for (const { id, role } of Object.values(ACTORS))
        expect(onceVisibleTo({ id, role })).to.deep.equal({
          everybodys: role === 'user' ? 'once published' : 'all',
          ownerId: id,
        });
    });
  });
});
