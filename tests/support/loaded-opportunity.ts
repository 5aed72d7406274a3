import { Opportunity } from '#domain/opportunity/opportunity';
import type { OpportunityDetails } from '#domain/opportunity/opportunity-details';
import type { OpportunityStatus } from '#domain/opportunity/opportunity-status';
import { anOpportunity } from './an-opportunity.ts';

/** As it comes from the database: its constructor has not run, and it may be in a status that no action leads to yet. */
export function loadedOpportunity(status: OpportunityStatus, details?: OpportunityDetails): Opportunity {
  const { opportunity } = anOpportunity({ status: 'draft', ...(details && { details }) });
  return Object.assign(Object.create(Opportunity.prototype) as Opportunity, opportunity, { _status: status });
}
