import { type Actor, isStaff } from '../actor.ts';
import { allowIf, type Decision } from '../decision.ts';
import { OpportunityNotFound } from './opportunity-errors.ts';
import type { Opportunity } from './opportunity.ts';
import type { OpportunityStatus } from './opportunity-status.ts';

/** What an actor may read: a value, so that an adapter can turn the rule into a query without knowing it. */
export type Visibility = {
  readonly statuses: readonly OpportunityStatus[];
  /** Whose opportunities are visible whatever their status. */
  readonly ownedBy: string;
};

/** Everyone reads what was published; drafts and removed ones stay between their owner and the staff. */
export function visibleTo(actor: Actor): Visibility {
  return {
    statuses: isStaff(actor) ? ['draft', 'published', 'closed', 'removed'] : ['published', 'closed'],
    ownedBy: actor.id,
  };
}

/**
 * The opportunity, if this actor may know of it.
 * @throws OpportunityNotFound otherwise: a stranger's draft and one that never was look the same.
 */
export function ensureVisible(actor: Actor, opportunity: Opportunity | undefined): Opportunity {
  const visibility = visibleTo(actor);
  if (!opportunity) throw new OpportunityNotFound();
  if (!visibility.statuses.includes(opportunity.status) && opportunity.ownerId !== visibility.ownedBy)
    throw new OpportunityNotFound();
  return opportunity;
}

export function mayPublish(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(isOwner(actor, opportunity) || actor.role === 'admin', 'Only its owner may publish an opportunity.');
}

export function mayClose(actor: Actor, opportunity: Opportunity): Decision {
  return allowIf(
    isOwner(actor, opportunity) || isStaff(actor),
    'Only its owner or a moderator may close an opportunity.',
  );
}

function isOwner(actor: Actor, opportunity: Opportunity): boolean {
  return opportunity.ownerId === actor.id;
}
