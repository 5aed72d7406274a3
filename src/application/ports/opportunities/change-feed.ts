import type { Opportunity } from '#domain/opportunities/opportunity';
import type { PastVisibility, Visibility } from '#domain/opportunities/opportunity-policy';
import { ApplicationError } from '../application-error.ts';

/** Whose changes are asked for. */
export type Reader = {
  readonly sees: Visibility;
  readonly mayHaveSeen: PastVisibility;
};

export type Changes = {
  /** As they are now, each at most once: what the reader sees, and what it may have seen before. Unordered. */
  readonly changed: readonly Opportunity[];
  /** From where to read on; opaque. */
  readonly position: string;
  /** Whether reading on at once brings more. Even so, `changed` may be empty: the work of one call is bounded. */
  readonly hasMore: boolean;
};

/**
 * What has changed, in rounds: a round has several pages, and ends with the position from which the next round begins.
 * Each change that is committed before a round begins is in that round or in an earlier one, whenever its transaction
 * began; a change that is committed during a round is in the next one. Transactions that are still open delay nothing.
 */
export abstract class ChangeFeed {
  /**
   * @param position from an earlier answer; undefined begins a round with everything that the reader sees, and nothing
   *   that it saw before.
   * @throws PositionMalformed
   * @throws PositionExpired when what was stored then is not what is stored now: it was restored or replaced.
   * @throws StorageUnavailable
   */
  abstract read(position: string | undefined, reader: Reader, limit: number): Promise<Changes>;
}

/** No feed has issued this position. */
export class PositionMalformed extends ApplicationError {
  readonly code = 'invalid_parameter';

  constructor() {
    super('The position is not one that was issued.');
  }
}

/** The position is a good one, and says nothing about what this reader's copy has and lacks now. */
export class PositionExpired extends ApplicationError {
  readonly code = 'sync_token_expired';

  constructor(why: string) {
    super(`${why} Begin a new copy.`);
  }
}
