import type { Opportunity } from '#domain/opportunities/opportunity';
import type { PastVisibility, Visibility } from '#domain/opportunities/opportunity-policy';
import { ApplicationError } from '../application-error.ts';

/**
 * The place in the change feed up to which a reader has read. Only the feed that issued the position understands it.
 */
export type FeedPosition = string;

/**
 * The reader of the feed: the opportunities that the reader sees now, and those that the reader may have seen before.
 */
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
  /**
   * Whether the next page can be read at once. Even then `changed` may be empty, because one call does a bounded amount
   * of work.
   */
  readonly hasMore: boolean;
};

/**
 * The changes of all opportunities, in rounds. A round has one or more pages and ends with the position at which the next
 * round begins. A change that is committed before a round begins is in this round or in an earlier one, no matter when its
 * transaction began. A change that is committed during a round is in the next round. Open transactions delay nothing.
 */
export abstract class ChangeFeed {
  /**
   * @param position the position of an earlier page. Undefined begins a first round, which has every opportunity that
   *   the reader sees now, and none that the reader can no longer see.
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

/** The feed issued this position, but can no longer tell from it which changes the reader's copy lacks. */
export class FeedPositionExpired extends ApplicationError {
  readonly code = 'sync_token_expired';

  constructor(why: string) {
    super(`${why} Begin a new copy.`);
  }
}
