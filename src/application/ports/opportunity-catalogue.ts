import type { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunity/opportunity-status';

/** Reads outside of a transaction. What comes back must not be changed: nobody would store it. */
export abstract class OpportunityCatalogue {
  /** @throws StorageUnavailable */
  abstract find(id: string, visibility: Visibility): Promise<Opportunity | undefined>;

  /**
   * One owner's opportunities in those statuses, newest first.
   * @param page.after an id: only those created before that one; need not exist.
   * @throws StorageUnavailable
   */
  abstract ownedBy(
    ownerId: string,
    statuses: readonly OpportunityStatus[],
    page: { limit: number; after?: string },
  ): Promise<Opportunity[]>;
}
