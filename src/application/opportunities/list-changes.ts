import type { Actor } from '#domain/actor';
import { appearanceTo, onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import { type ChangeFeed, type FeedPosition, FeedPositionExpired } from '../ports/opportunities/change-feed.ts';
import type { Clock } from '../ports/system/clock.ts';

/**
 * Days for which a sync token is valid. After a month most of a copy is stale, so a new copy costs little more than an
 * update.
 */
export const SYNC_TOKEN_DAYS = 30;

const DAY_MS = 86_400_000;

/**
 * Says up to which position an app has read the changes, and as which user. The token is no secret: a forged token
 * gains nothing.
 */
export type SyncToken = {
  readonly issuedAt: Date;
  readonly userId: string;
  readonly role: string;
  readonly position: FeedPosition;
};

/**
 * A notice that the actor can no longer see an opportunity of which the actor may have a copy. The notice gives no
 * reason.
 */
export type Tombstone = { readonly id: string; readonly deletedAt: Date };

export type ChangesPage = {
  readonly items: readonly OpportunityView[];
  readonly tombstones: readonly Tombstone[];
  readonly next: SyncToken;
  readonly hasMore: boolean;
};

/** Lists the changes that bring an actor's copy of the opportunities up to date. */
export class ListChanges {
  private readonly feed: ChangeFeed;
  private readonly clock: Clock;

  constructor(feed: ChangeFeed, clock: Clock) {
    this.feed = feed;
    this.clock = clock;
  }

  /**
   * @param query.since the token of the copy; undefined for an app that has no copy.
   * @throws FeedPositionMalformed
   * @throws FeedPositionExpired also when the token is too old, or was issued to another user or for another role.
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
      // The only change that can follow a disappearance is the return, so the last change is the disappearance itself.
      tombstones: whichAre('gone').map(({ id, updatedAt }) => ({ id, deletedAt: updatedAt })),
      next: { issuedAt: now, userId: actor.id, role: actor.role, position },
      hasMore,
    };
  }
}

/**
 * The copy of another user or role may contain opportunities that this actor must not see, and lack opportunities that
 * this actor may see.
 */
function ensureUsable({ issuedAt, userId, role }: SyncToken, actor: Actor, now: Date): void {
  if (userId !== actor.id || role !== actor.role)
    throw new FeedPositionExpired('The token was issued to another user or for another role.');
  if (now.getTime() - issuedAt.getTime() > SYNC_TOKEN_DAYS * DAY_MS)
    throw new FeedPositionExpired(`The token is more than ${SYNC_TOKEN_DAYS} days old.`);
}
