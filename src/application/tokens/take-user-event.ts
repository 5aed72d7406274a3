import { isTooFarAhead } from '#domain/token-revocation';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';
import type { UserEvent } from '../ports/tokens/user-events.ts';

/**
 * Revokes the tokens that a user had when something happened to the user at the token issuer. The event goes only to the
 * store, not to this process's cache: this process may be a relay, which checks no tokens.
 */
export class TakeUserEvent {
  private readonly store: RevocationStore;
  private readonly clock: Clock;

  constructor(store: RevocationStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The same event may arrive more than once. @throws StorageUnavailable */
  async execute({ userId, validAfter, reason }: UserEvent): Promise<void> {
    const now = this.clock.now();
    await this.store.record({
      userId,
      // An instant far in the future comes from a wrong clock. The tokens must be revoked all the same, but the user must be
      // able to log in again.
      validAfter: isTooFarAhead(validAfter, now) ? now : validAfter,
      reason,
    });
  }
}
