import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { anOpportunity, SOME_DAY } from './an-opportunity.ts';

/** The other stored values of an opportunity in each status. */
const STORED: Record<OpportunityStatus, object> = {
  draft: {},
  published: { _publishedAt: SOME_DAY },
  closed: { _publishedAt: SOME_DAY, _closeReason: 'filled', _closedAt: SOME_DAY },
  removed: { _removedFrom: 'draft', _removalReason: 'Spam.' },
  deleted: { _deletedAt: SOME_DAY },
};

/** Gives an opportunity as it comes from the database: in any status, and without its constructor having run. */
export function loadedOpportunity(status: OpportunityStatus, details?: OpportunityDetails): Opportunity {
  const { opportunity } = anOpportunity({ status: 'draft', ...(details && { details }) });
  const stored = { ...STORED[status], _status: status };
  return Object.assign(Object.create(Opportunity.prototype) as Opportunity, opportunity, stored);
}
