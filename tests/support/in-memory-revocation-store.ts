import type { Clock } from '#application/ports/system/clock';
import type { Recorded, RevocationStore } from '#application/ports/tokens/revocation-store';
import type { TokenRevocation } from '#domain/token-revocation';
import type { InMemoryDatabase } from './in-memory-database.ts';

/** Milliseconds: a day, and an hour more. */
const KEPT_MS = 90_000_000;

/** Numbers the changes as they are committed, so that none is late. */
export class InMemoryRevocationStore implements RevocationStore {
  private readonly database: InMemoryDatabase;
  private readonly clock: Clock;

  constructor(database: InMemoryDatabase, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  async record(revocation: TokenRevocation): Promise<TokenRevocation> {
    this.database.connect();
    const known = this.database.revocations.get(revocation.userId);
    const holds = known && known.validAfter > revocation.validAfter ? known : revocation;
    this.database.lastRevocation += 1;
    this.database.revocations.set(revocation.userId, { ...holds, change: this.database.lastRevocation });
    const { userId, validAfter, reason } = holds;
    return { userId, validAfter, reason };
  }

  async find(userId: string): Promise<TokenRevocation | undefined> {
    this.database.connect();
    const known = this.database.revocations.get(userId);
    if (!known || !this.isKept(known)) return undefined;
    return { userId, validAfter: known.validAfter, reason: known.reason };
  }

  async since(position: string | undefined): Promise<Recorded> {
    this.database.connect();
    const { origin, revocations, lastRevocation } = this.database;
    const [known = '', seen = '0'] = position?.split(' ') ?? [];
    const after = known === origin ? Number(seen) : 0;
    return {
      revocations: [...revocations.values()].filter((each) => each.change > after && this.isKept(each)),
      position: `${origin} ${lastRevocation}`,
    };
  }

  private isKept({ validAfter }: TokenRevocation): boolean {
    return validAfter.getTime() > this.clock.now().getTime() - KEPT_MS;
  }
}
