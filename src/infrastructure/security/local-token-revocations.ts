import type { Clock } from '#application/ports/system/clock';
import type { RevocationStore } from '#application/ports/tokens/revocation-store';
import {
  type RevocationsState,
  RevocationsUnavailable,
  type TokenRevocations,
} from '#application/ports/tokens/token-revocations';
import type { TokenRevocation } from '#domain/token-revocation';

export type RevocationSettings = {
  /** What to do with tokens while the copy is too old: go on with what is known, or refuse them. */
  readonly whenStale: 'open' | 'closed';
  /** How long a token can live at most. */
  readonly lifetimeSeconds: number;
};

/** Milliseconds without a refresh after which the copy is too old. It is refreshed about every second. */
const STALE_MS = 30_000;
/** Milliseconds from one removal of what need not be known any more to the next, and how long it is known at least. */
const SWEEP_MS = 3_600_000;

type Known = Pick<TokenRevocation, 'userId' | 'validAfter'>;

/** A copy of the register in memory. To be refreshed once before the first token is looked at, and then all the time. */
export class LocalTokenRevocations implements TokenRevocations {
  private readonly register: RevocationStore;
  private readonly clock: Clock;
  private readonly settings: RevocationSettings;
  /** By user, in milliseconds since 1970: with Dates it would take up twice the room. */
  private readonly known = new Map<string, number>();
  private position: string | undefined;
  private refreshedAt = -Infinity;
  private sweptAt = -Infinity;

  constructor(register: RevocationStore, clock: Clock, settings: RevocationSettings) {
    this.register = register;
    this.clock = clock;
    this.settings = settings;
  }

  validAfter(userId: string): Date | undefined {
    if (this.settings.whenStale === 'closed' && this.isStale()) throw new RevocationsUnavailable();
    const known = this.known.get(userId);
    return known === undefined ? undefined : new Date(known);
  }

  async refresh(): Promise<void> {
    const begun = this.clock.now().getTime();
    const { revocations, position } = await this.register.since(this.position);
    for (const revocation of revocations) this.learn(revocation);
    this.position = position;
    this.refreshedAt = begun;
    this.sweep(begun);
  }

  learn({ userId, validAfter }: Known): void {
    this.known.set(userId, Math.max(validAfter.getTime(), this.known.get(userId) ?? -Infinity));
  }

  state(): RevocationsState {
    if (!this.isStale()) return 'up to date';
    return this.settings.whenStale === 'closed' ? 'unavailable' : 'stale';
  }

  private isStale(): boolean {
    return this.clock.now().getTime() - this.refreshedAt > STALE_MS;
  }

  private sweep(now: number): void {
    if (now - this.sweptAt < SWEEP_MS) return;
    this.sweptAt = now;
    const kept = now - this.settings.lifetimeSeconds * 1000 - SWEEP_MS;
    for (const [userId, instant] of this.known) if (instant < kept) this.known.delete(userId);
  }
}
