import { isTooFarAhead } from '#domain/token-revocation';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';
import type { UserEvent } from '../ports/tokens/user-events.ts';

/**
 * Revokes the tokens that a user had when something happened to them at the token issuer. Each process learns of it when it
 * looks: the one that takes the event need not be one that looks at tokens.
 */
export class TakeUserEvent {
  private readonly register: RevocationStore;
  private readonly clock: Clock;

  constructor(register: RevocationStore, clock: Clock) {
    this.register = register;
    this.clock = clock;
  }

  /** It may come more than once. @throws StorageUnavailable */
  async execute({ userId, validAfter, reason }: UserEvent): Promise<void> {
    const now = this.clock.now();
    await this.register.record({
      userId,
      // A wrong clock is no reason to leave the tokens of a deactivated user alone, nor to lock out one who logs in again.
      validAfter: isTooFarAhead(validAfter, now) ? now : validAfter,
      reason,
    });
  }
}
