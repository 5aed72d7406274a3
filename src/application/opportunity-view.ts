import type { Opportunity } from '#domain/opportunity/opportunity';
import type { OpportunityState } from '#domain/opportunity/opportunity-events';

/** What readers get: everything it is, and whether one can apply right now. */
export type OpportunityView = OpportunityState & { readonly isOpen: boolean };

export function viewOf(opportunity: Opportunity, now: Date): OpportunityView {
  return { ...opportunity.state, isOpen: opportunity.isOpenAt(now) };
}
