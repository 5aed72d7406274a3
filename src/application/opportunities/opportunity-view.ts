import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityState } from '#domain/opportunities/opportunity-events';

/** What readers get: everything it is, and whether one can apply right now. */
export type OpportunityView = OpportunityState & {
  readonly isOpen: boolean;
  /** Whether this is the answer of an earlier request, remembered under its idempotency key. */
  readonly replayed?: true;
};

export function viewOf(opportunity: Opportunity, now: Date): OpportunityView {
  return { ...opportunity.state, isOpen: opportunity.isOpenAt(now) };
}

/** A view that was kept as JSON. Only there are instants text; no other text is kept under a name that ends in "At". */
export function viewFromJson(json: string): OpportunityView {
  return JSON.parse(json, (name, value: unknown) =>
    name.endsWith('At') && typeof value === 'string' ? new Date(value) : value,
  ) as OpportunityView;
}
