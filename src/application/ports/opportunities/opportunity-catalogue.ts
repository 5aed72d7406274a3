import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-events';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';

/**
 * The orders of a list. An opportunity without the instant comes last: a draft has no publication, and an open-ended
 * opportunity no deadline. Ties are broken by the id, in the same direction.
 */
export const LIST_ORDERS = ['-publishedAt', '-updatedAt', 'deadlineAt', 'relevance'] as const;
export type ListOrder = (typeof LIST_ORDERS)[number];

/** RFC 3339 in UTC with milliseconds, as responses have it, so that no Date is made only to be formatted again (decision 19). */
export type InstantText = string;

/** The fields that a list can show of each opportunity, without nesting. */
export type ListedOpportunity = WithInstantTexts<
  OpportunityDetails & Omit<OpportunityState, 'details' | 'removedFrom' | 'deletedAt'>
>;
type WithInstantTexts<T> = {
  readonly [Key in keyof T]: Date extends T[Key] ? InstantText | Exclude<T[Key], Date> : T[Key];
};
export type ListedField = keyof ListedOpportunity;

/** A range from the first instant, included, to the second, excluded. Null leaves an end open. An opportunity without the instant is in no range. */
export type InstantRange = { readonly from: Date | null; readonly to: Date | null };

/** Values of one filter are combined with OR, different filters with AND. An empty list of values filters nothing. */
export type ListFilter = {
  readonly statuses: readonly OpportunityStatus[];
  readonly ownerId: string | null;
  readonly types: readonly OpportunityDetails['type'][];
  readonly workModes: readonly NonNullable<OpportunityDetails['workMode']>[];
  readonly commitments: readonly NonNullable<OpportunityDetails['commitment']>[];
  readonly tags: readonly string[];
  readonly countries: readonly string[];
  /** Upper and lower case are the same. */
  readonly cities: readonly string[];
  /** Opportunities that accept applications at that instant. */
  readonly openAt: Date | null;
  readonly deadline: InstantRange;
  readonly published: InstantRange;
  /**
   * The text of a search box. All words must occur; "or" stands between alternatives, "-" before a word that must not
   * occur, and quotes around phrases. The last word may be the beginning of a word. A search without a required word finds
   * nothing.
   */
  readonly search: string | null;
};

/** A place in an order by an instant. */
export type Mark = { readonly at: Date | null; readonly id: string };

/** The list position at which a page ends and the next one begins. */
export type Position = Mark & {
  /** The newest and the oldest of the compared finds. Only the order by relevance has them, because it compares only the newest finds. */
  readonly ranked?: { readonly rank: number; readonly newest: Mark; readonly oldest: Mark };
};

export type Listing = {
  readonly filter: ListFilter;
  /** The order by relevance needs a search. */
  readonly order: ListOrder;
  /** Largest number of items. */
  readonly limit: number;
  readonly after: Position | null;
  readonly fields: readonly ListedField[];
};

export type ListPage = {
  /** Items with exactly the requested fields. */
  readonly items: readonly Partial<ListedOpportunity>[];
  /** The position of the next page; null on the last page. */
  readonly next: Position | null;
};

/** Reads outside of a transaction. The results must not be changed, because no one would store the change. */
export abstract class OpportunityCatalogue {
  /** @throws StorageUnavailable */
  abstract find(id: string, visibility: Visibility): Promise<Opportunity | undefined>;

  /**
   * Reads one page. An opportunity that existed when the first page was read, and has not changed since, is on exactly one
   * page, even when others are added meanwhile. The order by relevance leaves out older finds when there are very many.
   * @throws StorageUnavailable
   */
  abstract list(visibility: Visibility, listing: Listing): Promise<ListPage>;
}
