import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { ApplicationError } from '../application-error.ts';

/**
 * The orders of a list. An opportunity that lacks the instant comes last: a draft has no publication, an open-ended
 * opportunity has no deadline. The id decides between equal instants, in the same direction.
 */
export const LIST_ORDERS = ['-publishedAt', '-updatedAt', 'deadlineAt', 'relevance'] as const;
export type ListOrder = (typeof LIST_ORDERS)[number];

/**
 * RFC 3339 in UTC with milliseconds, as responses have it. A list passes instants on as text, because making Dates only to
 * write them out again costs time (docs/decisions/0019).
 */
export type InstantText = string;

/** Every field that a list can show of an opportunity, in one flat object. */
export type ListedOpportunity = WithInstantTexts<
  OpportunityDetails & Omit<OpportunityState, 'details' | 'removedFrom' | 'deletedAt'>
>;
type WithInstantTexts<T> = {
  readonly [Key in keyof T]: Date extends T[Key] ? InstantText | Exclude<T[Key], Date> : T[Key];
};
export type ListedField = keyof ListedOpportunity;

/** A range that includes `from` and excludes `to`. Null leaves that end open. An opportunity without the instant is in no range. */
export type InstantRange = { readonly from: Date | null; readonly to: Date | null };

/** Values of one list are combined with OR, and an empty list filters nothing. Different properties are combined with AND. */
export type ListFilter = {
  readonly statuses: readonly OpportunityStatus[];
  readonly ownerId: string | null;
  readonly types: readonly OpportunityDetails['type'][];
  readonly workModes: readonly NonNullable<OpportunityDetails['workMode']>[];
  readonly commitments: readonly NonNullable<OpportunityDetails['commitment']>[];
  readonly tags: readonly string[];
  readonly countries: readonly string[];
  /** Names of cities, compared without regard to case. */
  readonly cities: readonly string[];
  /** An instant at which the listed opportunities accept applications; null filters nothing. */
  readonly openAt: Date | null;
  readonly deadline: InstantRange;
  readonly published: InstantRange;
  /**
   * Text from a search box: words that must all occur, "or" between alternatives, "-" before a word that must not occur,
   * quotes around phrases. The last word may be the beginning of a longer one. A search without any word that must occur
   * finds nothing.
   */
  readonly search: string | null;
};

/**
 * The place in a list at which the next page begins. Only the catalogue that issued the position understands it, and only
 * for a list in the same order.
 */
export type ListPosition = string;

export type Listing = {
  readonly filter: ListFilter;
  /** The order of the list. Relevance needs a search. */
  readonly order: ListOrder;
  /** The largest number of items. */
  readonly limit: number;
  /** The position at which the page begins; null for the first page. */
  readonly after: ListPosition | null;
  /** The fields that each item has. */
  readonly fields: readonly ListedField[];
};

export type ListPage = {
  /** Items with exactly the fields of the listing. */
  readonly items: readonly Partial<ListedOpportunity>[];
  /** The position of the next page, null on the last one. */
  readonly next: ListPosition | null;
};

/** Reads opportunities outside of a transaction. Changes to the returned objects are never stored. */
export abstract class OpportunityCatalogue {
  /**
   * Reads one opportunity, with every change that was committed before the call.
   * @returns undefined when no opportunity has this id, or the visibility excludes it.
   * @throws StorageUnavailable
   */
  abstract find(id: string, visibility: Visibility): Promise<Opportunity | undefined>;

  /**
   * Reads one page. An opportunity that is there when the first page is read, and does not change, is on exactly one page,
   * whatever is added meanwhile. A position stays valid when the opportunities around it change or disappear. The order
   * by relevance leaves older matches out when there are very many.
   * @throws ListPositionMalformed when this catalogue has issued no such position for a list in this order.
   * @throws StorageUnavailable
   */
  abstract list(visibility: Visibility, listing: Listing): Promise<ListPage>;
}

/** No catalogue has issued this position for a list in this order. */
export class ListPositionMalformed extends ApplicationError {
  readonly code = 'invalid_parameter';

  constructor() {
    super('The position was not issued for a list in this order.');
  }
}
