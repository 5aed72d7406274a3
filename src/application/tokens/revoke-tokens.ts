import type { Actor } from '#domain/actor';
import { ensure } from '#domain/permission';
import { normaliseText } from '#domain/text';
import { mayRevokeTokens, type TokenRevocation } from '#domain/token-revocation';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';
import type { TokenRevocations } from '../ports/tokens/token-revocations.ts';

export type RevokeTokensCommand = {
  readonly userId: string;
  /** Undefined for now. */
  readonly validAfter?: Date | undefined;
  readonly reason?: string | undefined;
};

/** Ends what tokens of a user are good for, ahead of their time. */
export class RevokeTokens {
  private readonly register: RevocationStore;
  private readonly revocations: TokenRevocations;
  private readonly clock: Clock;

  constructor(register: RevocationStore, revocations: TokenRevocations, clock: Clock) {
    this.register = register;
    this.revocations = revocations;
    this.clock = clock;
  }

  /** @returns what holds now: an instant that was revoked before and is later stays. */
  async execute(actor: Actor, { userId, validAfter, reason }: RevokeTokensCommand): Promise<TokenRevocation> {
    ensure(mayRevokeTokens(actor));
    const revocation = await this.register.record({
      userId,
      validAfter: validAfter ?? this.clock.now(),
      reason: reason === undefined ? null : normaliseText(reason),
    });
    // Other processes learn of it when they look; this one need not wait.
    this.revocations.learn(revocation);
    return revocation;
  }
}
