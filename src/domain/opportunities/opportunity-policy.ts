import { type Actor, isStaff } from '../actor.ts';
import { allowIf, type Decision } from '../permission.ts';
import { OpportunityNotFound } from './opportunity-errors.ts';
import type { Opportunity } from './opportunity.ts';
import { OPPORTUNITY_STATUSES, type OpportunityStatus } from './opportunity-status.ts';

/**
 * The opportunities that an actor may read, described by a value. An adapter can turn the value into a query without
 * knowing the rule behind it.
 */
export type Visibility = {
  /** Statuses that this reader may see in anybody's opportunities. */
  readonly statuses: readonly OpportunityStatus[];
  readonly ownerId: string;
  /** Statuses that this reader may see in the opportunities of the owner `ownerId`. */
  readonly ownStatuses: readonly OpportunityStatus[];
};

type Readers = 'everybody' | 'owner and staff' | 'nobody';

/** Who may read the opportunities in each status. */
const READERS = {
  draft: 'owner and staff',
  published: 'everybody',
  closed: 'everybody',
  removed: 'owner and staff',
  deleted: 'nobody',
} as const satisfies Record<OpportunityStatus, Readers>;

/** A status in which somebody may read an opportunity. */
export type ReadableStatus = {
  [Status in OpportunityStatus]: (typeof READERS)[Status] extends 'nobody' ? never : Status;
}[OpportunityStatus];

export const READABLE_STATUSES = OPPORTUNITY_STATUSES.filter(
  (status): status is ReadableStatus => READERS[status] !== 'nobody',
);
const PUBLIC = OPPORTUNITY_STATUSES.filter((status) => READERS[status] === 'everybody');

/** An id that no user has, because ids have at least one character. */
const NOBODY = '';

/**
 * The opportunities that the actor may read, by the table READERS.
 * @param actor undefined for a reader without a token.
 */
export function visibleTo(actor: Actor | undefined): Visibility {
  if (!actor) return { statuses: PUBLIC, ownerId: NOBODY, ownStatuses: PUBLIC };
  return { statuses: isStaff(actor) ? READABLE_STATUSES : PUBLIC, ownerId: actor.id, ownStatuses: READABLE_STATUSES };
}

/** The opportunities that an actor may have read at some time, described by a value like Visibility. */
export type PastVisibility = {
  /** Which opportunities of any owner the actor may have read: those that were published at some time, or all. */
  readonly everybodys: 'once published' | 'all';
  /** The owner whose opportunities the actor may have read in any status. */
  readonly ownerId: string;
};

/** An actor who could never read an opportunity must not learn from its disappearance that it existed. */
export function onceVisibleTo(actor: Actor): PastVisibility {
  return { everybodys: isStaff(actor) ? 'all' : 'once published', ownerId: actor.id };
}

/**
 * How an opportunity appears to an actor: the actor's copy stores it (visible), removes it (gone), or must not learn
 * that it exists (unknown).
 */
export function appearanceTo(actor: Actor, opportunity: Opportunity): 'visible' | 'gone' | 'unknown' {
  if (isVisible(actor, opportunity)) return 'visible';
  const seen = opportunity.publishedAt !== null || isOwner(actor, opportunity) || isStaff(actor);
  return seen ? 'gone' : 'unknown';
}

/**
 * Gives the opportunity if this actor may know that it exists.
 * @throws OpportunityNotFound otherwise, so that a stranger's draft and a missing opportunity look the same.
 */
export function ensureVisible(actor: Actor | undefined, opportunity: Opportunity | undefined): Opportunity {
  if (!opportunity || !isVisible(actor, opportunity)) throw new OpportunityNotFound();
  return opportunity;
}

/** Like ensureVisible(), but an actor who may delete an opportunity may also know that it is deleted. */
export function ensureVisibleOrDeleted(actor: Actor, opportunity: Opportunity | undefined): Opportunity {
  if (opportunity?.status === 'deleted' && mayDelete(actor, opportunity).allowed) return opportunity;
  return ensureVisible(actor, opportunity);
}

export function mayPublish(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(isOwnerOrAdmin(actor, opportunity), 'Only its owner may publish an opportunity.');
}

export function mayEdit(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(isOwnerOrAdmin(actor, opportunity), 'Only its owner may edit an opportunity.');
}

export function mayClose(actor: Actor, opportunity: Opportunity): Decision {
  const allowed = isOwner(actor, opportunity) || isStaff(actor);
  return allowIf(allowed, 'Only its owner or a moderator may close an opportunity.');
}

export function mayReopen(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(isOwnerOrAdmin(actor, opportunity), 'Only its owner may reopen an opportunity.');
}

export function mayRemove(actor: Actor): Decision {
  return allowIf(isStaff(actor), 'Only a moderator may remove an opportunity.');
}

export function mayRestore(actor: Actor): Decision {
  return allowIf(isStaff(actor), 'Only a moderator may restore an opportunity.');
}

export function mayDelete(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(isOwnerOrAdmin(actor, opportunity), 'Only its owner may delete an opportunity.');
}

function isVisible(actor: Actor | undefined, opportunity: Opportunity): boolean {
  const { statuses, ownerId, ownStatuses } = visibleTo(actor);
  return (opportunity.ownerId === ownerId ? ownStatuses : statuses).includes(opportunity.status);
}

function isOwner(actor: Actor, opportunity: Opportunity): boolean {
  return opportunity.ownerId === actor.id;
}

function isOwnerOrAdmin(actor: Actor, opportunity: Opportunity): boolean {
  return isOwner(actor, opportunity) || actor.role === 'admin';
}
