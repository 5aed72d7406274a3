import { isTooFarAhead } from '#domain/token-revocation';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';
import type { UserEvent, UserEvents } from '../ports/tokens/user-events.ts';

/**
 * Revokes the tokens that a user had when something happened to the user at the token issuer. The event goes only to the
 * store, not to this process's cache: this process may be a relay, which checks no tokens.
 */
export class TakeUserEvents {
  private readonly events: UserEvents;
  private readonly store: RevocationStore;
  private readonly clock: Clock;

  constructor(events: UserEvents, store: RevocationStore, clock: Clock) {
    this.events = events;
    this.store = store;
    this.clock = clock;
  }

  /**
   * Takes every event of the token issuer, one after the other, until stop() is called. Without a source of events it
   * returns at once. The same event may arrive more than once, which changes nothing.
   * @param taken called after each event.
   * @throws BrokerUnavailable, StorageUnavailable: call again later, and begin with the event that was not taken.
   */
  async execute(taken: () => void): Promise<void> {
    await this.events.read(async (event) => {
      await this.take(event);
      taken();
    });
  }

  /** Ends execute() after the event that was begun. */
  async stop(): Promise<void> {
    await this.events.close();
  }

  private async take({ userId, validAfter, reason }: UserEvent): Promise<void> {
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
