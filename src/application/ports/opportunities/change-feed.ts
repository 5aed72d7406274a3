import type { Opportunity } from '#domain/opportunities/opportunity';
import type { PastVisibility, Visibility } from '#domain/opportunities/opportunity-policy';
import { ApplicationError } from '../application-error.ts';

/** The reader who asks for changes. */
export type Reader = {
  readonly sees: Visibility;
  readonly mayHaveSeen: PastVisibility;
};

export type Changes = {
  /** Opportunities as they are now, each at most once and in no order. The reader sees them, or may have seen them before. */
  readonly changed: readonly Opportunity[];
  /** The feed position from which to read on. It is opaque. */
  readonly position: string;
  /** Whether reading on at once gives more. Even then `changed` may be empty, because the work of one call is bounded. */
  readonly hasMore: boolean;
};

/**
 * Tells what has changed, in rounds. A round has several pages, and ends with the feed position from which the next round
 * begins. A change that was committed before a round begins is in that round or in an earlier one, whenever its
 * transaction began. A change that is committed during a round is in the next one. Open transactions delay nothing.
 */
export abstract class ChangeFeed {
  /**
   * @param position a feed position from an earlier page. Undefined begins a round with everything that the reader sees
   *   now, without opportunities that it saw before.
   * @throws PositionMalformed
   * @throws PositionExpired when the stored data was restored or replaced since the position was issued.
   * @throws StorageUnavailable
   */
  abstract read(position: string | undefined, reader: Reader, limit: number): Promise<Changes>;
}

/** No feed has issued this feed position. */
export class PositionMalformed extends ApplicationError {
  readonly code = 'invalid_parameter';

  constructor() {
    super('The position is not one that was issued.');
  }
}

/** The feed position was issued, but no longer tells what this reader's copy contains. */
export class PositionExpired extends ApplicationError {
  readonly code = 'sync_token_expired';

  constructor(why: string) {
    super(`${why} Begin a new copy.`);
  }
}
