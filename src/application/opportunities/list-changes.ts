import type { Actor } from '#domain/actor';
import { appearanceTo, onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import { type ChangeFeed, PositionExpired } from '../ports/opportunities/change-feed.ts';
import type { Clock } from '../ports/system/clock.ts';

/**
 * Days for which a token is good. After a month most of a copy is stale, and a new one costs little more; and what is
 * deleted need be remembered only a little longer.
 */
export const SYNC_TOKEN_DAYS = 30;

const DAY_MS = 86_400_000;

/** What an app has: up to where it has read, and as whom. It is not secret, and nobody gains by forging one. */
export type SyncToken = {
  readonly issuedAt: Date;
  readonly userId: string;
  readonly role: string;
  /** Of the change feed. */
  readonly position: string;
};

/** An opportunity that the actor may have a copy of and does not see any more. Why, it does not tell. */
export type Tombstone = { readonly id: string; readonly deletedAt: Date };

export type ChangesPage = {
  readonly items: readonly OpportunityView[];
  readonly tombstones: readonly Tombstone[];
  readonly next: SyncToken;
  readonly hasMore: boolean;
};

/** What an actor's copy of the opportunities must take over to be like the original. */
export class ListChanges {
  private readonly feed: ChangeFeed;
  private readonly clock: Clock;

  constructor(feed: ChangeFeed, clock: Clock) {
    this.feed = feed;
    this.clock = clock;
  }

  /**
   * @param query.since undefined for an app that has no copy.
   * @throws PositionMalformed
   * @throws PositionExpired also when the token is too old, or was issued to somebody else.
   */
  async execute(
    actor: Actor,
    { since, limit }: { since?: SyncToken | undefined; limit: number },
  ): Promise<ChangesPage> {
    const now = this.clock.now();
    if (since) ensureUsable(since, actor, now);
    const reader = { sees: visibleTo(actor), mayHaveSeen: onceVisibleTo(actor) };
    const { changed, position, hasMore } = await this.feed.read(since?.position, reader, limit);

    const whichAre = (appearance: ReturnType<typeof appearanceTo>) =>
      changed.filter((opportunity) => appearanceTo(actor, opportunity) === appearance);
    return {
      items: whichAre('visible').map((opportunity) => viewOf(opportunity, now)),
      // Nothing happens to what is gone, except that it comes back: its last change took it away.
      tombstones: whichAre('gone').map(({ id, updatedAt }) => ({ id, deletedAt: updatedAt })),
      next: { issuedAt: now, userId: actor.id, role: actor.role, position },
      hasMore,
    };
  }
}

/** A copy that was made as somebody else, or in another role, has what this actor may not see, or lacks what it may. */
function ensureUsable({ issuedAt, userId, role }: SyncToken, actor: Actor, now: Date): void {
  if (userId !== actor.id || role !== actor.role)
    throw new PositionExpired('The token was issued to another user or for another role.');
  if (now.getTime() - issuedAt.getTime() > SYNC_TOKEN_DAYS * DAY_MS)
    throw new PositionExpired(`The token is more than ${SYNC_TOKEN_DAYS} days old.`);
}
