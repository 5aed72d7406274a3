import type { Opportunity } from '#domain/opportunities/opportunity';
import type { PastVisibility, Visibility } from '#domain/opportunities/opportunity-policy';
import { ApplicationError } from '../application-error.ts';

/** Where a reader of the change feed stands. Only the feed that issued the position can read it. */
export type FeedPosition = string;

/** Who reads the feed: which opportunities the reader sees now, and which ones the reader may have seen before. */
export type Reader = {
  readonly sees: Visibility;
  readonly mayHaveSeen: PastVisibility;
};

export type Changes = {
  /**
   * Changed opportunities as they are now, each at most once and in no particular order: those that the reader sees, and
   * those that the reader may have seen before.
   */
  readonly changed: readonly Opportunity[];
  /** The position from which the reader goes on. */
  readonly position: FeedPosition;
  /** Whether the next page can be read at once. `changed` may be empty all the same: one call does a bounded amount of work. */
  readonly hasMore: boolean;
};

/**
 * The changes of all opportunities, in rounds. A round has one or more pages and ends with the position at which the next
 * round begins. A change that is committed before a round begins is in this round or in an earlier one, no matter when its
 * transaction began. A change that is committed during a round is in the next round. Open transactions delay nothing.
 */
export abstract class ChangeFeed {
  /**
   * @param position the position of an earlier page. Undefined begins a first round, which has everything that the reader
   *   sees and nothing that the reader only saw before.
   * @throws FeedPositionMalformed
   * @throws FeedPositionExpired when the database was restored or replaced since the position was issued.
   * @throws StorageUnavailable
   */
  abstract read(position: FeedPosition | undefined, reader: Reader, limit: number): Promise<Changes>;
}

/** No feed has issued this position. */
export class FeedPositionMalformed extends ApplicationError {
  readonly code = 'invalid_parameter';

  constructor() {
    super('The position was not issued by this feed.');
  }
}

/** The position was issued once. It no longer tells what the reader's copy has and lacks. */
export class FeedPositionExpired extends ApplicationError {
  readonly code = 'sync_token_expired';

  constructor(why: string) {
    super(`${why} Begin a new copy.`);
  }
}
