import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { anOpportunity, SOME_DAY } from './an-opportunity.ts';

/** The other stored values of an opportunity in each status. */
const STORED: Record<OpportunityStatus, Partial<OpportunityState>> = {
  draft: {},
  published: { publishedAt: SOME_DAY },
  closed: { publishedAt: SOME_DAY, closeReason: 'filled', closedAt: SOME_DAY },
  removed: { removedFrom: 'draft', removalReason: 'Spam.' },
  deleted: { deletedAt: SOME_DAY },
};

/**
 * Gives an opportunity as it comes from the database, in any status.
 * @param details details that need not be valid today, as those of an old opportunity.
 */
export function loadedOpportunity(status: OpportunityStatus, details?: OpportunityDetails): Opportunity {
  const { state } = anOpportunity({ status: 'draft' }).opportunity;
  return Opportunity.fromState({ ...state, ...STORED[status], status, ...(details && { details }) });
}
