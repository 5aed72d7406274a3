import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-events';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';

/**
 * The orders of a list. Whoever lacks the instant comes last: a draft without publication, an open-ended one without
 * deadline. Ties are broken by the id, in the same direction.
 */
export const LIST_ORDERS = ['-publishedAt', '-updatedAt', 'deadlineAt', 'relevance'] as const;
export type ListOrder = (typeof LIST_ORDERS)[number];

/** RFC 3339 in UTC with milliseconds, as answers have it: so nobody makes a Date of what is written out again (docs/adr/0019). */
export type InstantText = string;

/** What a list can tell of each opportunity, flat. */
export type ListedOpportunity = WithInstantTexts<
  OpportunityDetails & Omit<OpportunityState, 'details' | 'removedFrom' | 'deletedAt'>
>;
type WithInstantTexts<T> = {
  readonly [Key in keyof T]: Date extends T[Key] ? InstantText | Exclude<T[Key], Date> : T[Key];
};
export type ListedField = keyof ListedOpportunity;

/** From the first instant to before the second; null for no end. What has no such instant is in no such range. */
export type InstantRange = { readonly from: Date | null; readonly to: Date | null };

/** Within a list of values any will do, and none given means any at all; everything that is said must hold. */
export type ListFilter = {
  readonly statuses: readonly OpportunityStatus[];
  readonly ownerId: string | null;
  readonly types: readonly OpportunityDetails['type'][];
  readonly workModes: readonly NonNullable<OpportunityDetails['workMode']>[];
  readonly commitments: readonly NonNullable<OpportunityDetails['commitment']>[];
  readonly tags: readonly string[];
  readonly countries: readonly string[];
  /** Without regard to case. */
  readonly cities: readonly string[];
  /** When one can apply at that instant. */
  readonly openAt: Date | null;
  readonly deadline: InstantRange;
  readonly published: InstantRange;
  /**
   * What a person types into a search box: words that must all occur, "or" between alternatives, "-" before what must
   * not occur, quotes around phrases. The last word may be the beginning of one. Without a word that has to occur,
   * nothing is found.
   */
  readonly search: string | null;
};

/** A place in an order by an instant. */
export type Mark = { readonly at: Date | null; readonly id: string };

/** Where a page ends and the next one begins. */
export type Position = Mark & {
  /** For the order by relevance, which looks at the newest finds alone: from the newest to the oldest one of them. */
  readonly ranked?: { readonly rank: number; readonly newest: Mark; readonly oldest: Mark };
};

export type Listing = {
  readonly filter: ListFilter;
  /** Relevance needs a search. */
  readonly order: ListOrder;
  /** Most items. */
  readonly limit: number;
  readonly after: Position | null;
  readonly fields: readonly ListedField[];
};

export type ListPage = {
  /** With the fields that were asked for, and no others. */
  readonly items: readonly Partial<ListedOpportunity>[];
  /** Null on the last page. */
  readonly next: Position | null;
};

/** Reads outside of a transaction. What comes back must not be changed: nobody would store it. */
export abstract class OpportunityCatalogue {
  /** @throws StorageUnavailable */
  abstract find(id: string, visibility: Visibility): Promise<Opportunity | undefined>;

  /**
   * One page. What was there when the first page was read, and has not changed since, is on exactly one page, whatever
   * is added meanwhile. The order by relevance leaves out older finds when there are very many.
   * @throws StorageUnavailable
   */
  abstract list(visibility: Visibility, listing: Listing): Promise<ListPage>;
}
