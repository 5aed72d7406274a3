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
    const given = structuredClone(revocation);
    await this.database.connect();
    const known = this.database.revocations.get(given.userId);
    const { userId, validAfter, reason } = known && known.validAfter > given.validAfter ? known : given;
    this.database.lastRevocation += 1;
    this.database.revocations.set(userId, { userId, validAfter, reason, change: this.database.lastRevocation });
    return structuredClone({ userId, validAfter, reason });
  }

  async find(userId: string): Promise<TokenRevocation | undefined> {
    await this.database.connect();
    const known = this.database.revocations.get(userId);
    if (!known || !this.isStored(known)) return undefined;
    return structuredClone({ userId, validAfter: known.validAfter, reason: known.reason });
  }

  async since(position: string | undefined): Promise<RecordedRevocations> {
    await this.database.connect();
    const { origin, revocations, lastRevocation } = this.database;
    const [known = '', seen = '0'] = position?.split(' ') ?? [];
    const after = known === origin ? Number(seen) : 0;
    return {
      revocations: [...revocations.values()]
        .filter((each) => each.change > after && this.isStored(each))
        .map(({ userId, validAfter }) => structuredClone({ userId, validAfter })),
      position: `${origin} ${lastRevocation}`,
    };
  }

  private isStored({ validAfter }: TokenRevocation): boolean {
    return validAfter.getTime() > this.clock.now().getTime() - STORED_MS;
  }
}
