import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';

/** The view that readers get: the whole state of an opportunity, and whether applications are accepted now. */
export type OpportunityView = OpportunityState & {
  readonly isOpen: boolean;
  /** Present when this is the response to an earlier request with the same idempotency key. */
  readonly replayed?: true;
};

export function viewOf(opportunity: Opportunity, now: Date): OpportunityView {
  return { ...opportunity.state, isOpen: opportunity.isOpenAt(now) };
}

/** Reads a view that was stored as JSON. A text becomes a Date when its name ends in "At". */
export function viewFromJson(json: string): OpportunityView {
  return JSON.parse(json, (name, value: unknown) =>
    name.endsWith('At') && typeof value === 'string' ? new Date(value) : value,
  ) as OpportunityView;
}
