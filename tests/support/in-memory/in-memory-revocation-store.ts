import type { Clock } from '#application/ports/system/clock';
import type { RecordedRevocations, RevocationStore } from '#application/ports/tokens/revocation-store';
import type { TokenRevocation } from '#domain/token-revocation';
import type { InMemoryDatabase } from './in-memory-database.ts';

/** A day and an hour, in milliseconds. */
const STORED_MS = 90_000_000;

/** Numbers the changes in the order of their commits, so that no change can appear late. */
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
    if (!known || !this.isStored(known)) return undefined;
    return { userId, validAfter: known.validAfter, reason: known.reason };
  }

  async since(position: string | undefined): Promise<RecordedRevocations> {
    this.database.connect();
    const { origin, revocations, lastRevocation } = this.database;
    const [known = '', seen = '0'] = position?.split(' ') ?? [];
    const after = known === origin ? Number(seen) : 0;
    return {
      revocations: [...revocations.values()].filter((each) => each.change > after && this.isStored(each)),
      position: `${origin} ${lastRevocation}`,
    };
  }

  private isStored({ validAfter }: TokenRevocation): boolean {
    return validAfter.getTime() > this.clock.now().getTime() - STORED_MS;
  }
}
