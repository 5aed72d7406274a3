import type { TokenRevocation } from '#domain/token-revocation';
import { ApplicationError } from '../ports/application-error.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';

export type RevocationCacheSettings = {
  /** Whether tokens are checked against a stale cache ("open"), or refused until it is fresh again ("closed"). */
  readonly whenStale: 'open' | 'closed';
  /** Seconds for which a token can be valid at most. */
  readonly lifetimeSeconds: number;
};

/** Whether the cache is fresh, and if it is not, whether tokens are still checked against it. */
export type RevocationsState = 'up to date' | 'stale' | 'unavailable';

/** The cache is too old to tell whether a token was revoked. Trying again later may succeed. */
export class RevocationsUnavailable extends ApplicationError {
  readonly code = 'revocations_unavailable';

  constructor() {
    super('The service cannot tell at the moment whether the token was revoked. Try again later.');
  }
}

/** Milliseconds without a refresh after which the cache is stale. It is refreshed about once a second. */
const STALE_MS = 30_000;
/** Milliseconds between two removals of expired revocations, and the least time for which each one stays. */
const SWEEP_MS = 3_600_000;

/**
 * The revocations in this process's memory: every request needs them, so no request may wait for the store. The process
 * fills the cache before it checks its first token, and refreshes it from then on.
 */
export class RevocationCache {
  private readonly store: RevocationStore;
  private readonly clock: Clock;
  private readonly settings: RevocationCacheSettings;
  /** Milliseconds since 1970 for each user id: Dates would need twice the memory. */
  private readonly known = new Map<string, number>();
  private position: string | undefined;
  private refreshedAt = -Infinity;
  private sweptAt = -Infinity;

  constructor(store: RevocationStore, clock: Clock, settings: RevocationCacheSettings) {
    this.store = store;
    this.clock = clock;
    this.settings = settings;
  }

  /**
   * @returns the instant before which this user's tokens are revoked, or undefined when none of them are.
   * @throws RevocationsUnavailable when the cache is stale and the settings do not allow a stale one.
   */
  validAfter(userId: string): Date | undefined {
    if (this.settings.whenStale === 'closed' && this.isStale()) throw new RevocationsUnavailable();
    const known = this.known.get(userId);
    return known === undefined ? undefined : new Date(known);
  }

  /**
   * Takes over the revocations that any process has recorded since the previous refresh.
   * @throws StorageUnavailable: the cache stays as it is, and grows stale.
   */
  async refresh(): Promise<void> {
    const begun = this.clock.now().getTime();
    const { revocations, position } = await this.store.since(this.position);
    for (const revocation of revocations) this.learn(revocation);
    this.position = position;
    this.refreshedAt = begun;
    this.sweep(begun);
  }

  /** Takes over a revocation that this process has recorded, without waiting for a refresh. */
  learn({ userId, validAfter }: Pick<TokenRevocation, 'userId' | 'validAfter'>): void {
    this.known.set(userId, Math.max(validAfter.getTime(), this.known.get(userId) ?? -Infinity));
  }

  state(): RevocationsState {
    if (!this.isStale()) return 'up to date';
    return this.settings.whenStale === 'closed' ? 'unavailable' : 'stale';
  }

  private isStale(): boolean {
    return this.clock.now().getTime() - this.refreshedAt > STALE_MS;
  }

  /** Removes the revocations that can no longer refuse any unexpired token. */
  private sweep(now: number): void {
    if (now - this.sweptAt < SWEEP_MS) return;
    this.sweptAt = now;
    const oldest = now - this.settings.lifetimeSeconds * 1000 - SWEEP_MS;
    for (const [userId, instant] of this.known) if (instant < oldest) this.known.delete(userId);
  }
}
