import type { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';

/** Reads outside of a transaction. What comes back must not be changed: nobody would store it. */
export abstract class OpportunityCatalogue {
  /** @throws StorageUnavailable */
  abstract find(id: string, visibility: Visibility): Promise<Opportunity | undefined>;

  /**
   * One owner's opportunities in any status, newest first.
   * @param page.after an id: only those created before that one; need not exist.
   * @throws StorageUnavailable
   */
  abstract ownedBy(ownerId: string, page: { limit: number; after?: string }): Promise<Opportunity[]>;
}
