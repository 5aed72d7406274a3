import type { Actor } from '#domain/actor';
import { ensure } from '#domain/permission';
import { normaliseText } from '#domain/text';
import { mayRevokeTokens, type TokenRevocation } from '#domain/token-revocation';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';
import type { RevocationCache } from './revocation-cache.ts';

export type RevokeTokensCommand = {
  readonly userId: string;
  /** Tokens that were issued before this instant are refused; undefined stands for the present instant. */
  readonly validAfter?: Date | undefined;
  readonly reason?: string | undefined;
};

/** Revokes the tokens of a user: an admin ends their validity before they expire. */
export class RevokeTokens {
  private readonly store: RevocationStore;
  private readonly cache: Pick<RevocationCache, 'learn'>;
  private readonly clock: Clock;

  constructor(store: RevocationStore, cache: Pick<RevocationCache, 'learn'>, clock: Clock) {
    this.store = store;
    this.cache = cache;
    this.clock = clock;
  }

  /**
   * @returns the stored revocation. Its instant is later than the given one when the user already had a later
   *   revocation.
   */
  async execute(actor: Actor, { userId, validAfter, reason }: RevokeTokensCommand): Promise<TokenRevocation> {
    ensure(mayRevokeTokens(actor));
    const revocation = await this.store.record({
      userId,
      validAfter: validAfter ?? this.clock.now(),
      reason: reason === undefined ? null : normaliseText(reason),
    });
    // Other processes learn of the revocation at their next refresh. This process need not wait for one.
    this.cache.learn(revocation);
    return revocation;
  }
}
