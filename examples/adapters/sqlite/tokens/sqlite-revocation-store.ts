import type { Clock } from '#application/ports/system/clock';
import type { RecordedRevocations, RevocationStore } from '#application/ports/tokens/revocation-store';
import type { TokenRevocation } from '#domain/token-revocation';
import type { SqliteDatabase } from '../sqlite-database.ts';

/** Milliseconds for which a revocation stays beyond the longest lifetime of a token, to allow for differing clocks. */
const EXTRA_MS = 3_600_000;

type Row = { readonly userId: string; readonly validAfter: number; readonly reason: string | null };

const FIND = `
  SELECT user_id AS userId, valid_after AS validAfter, reason FROM token_revocation
  WHERE user_id = ? AND valid_after > ?`;

const SINCE = `
  SELECT user_id AS userId, valid_after AS validAfter FROM token_revocation WHERE change > ? AND valid_after > ?`;

const SAVE = `
  INSERT INTO token_revocation (user_id, valid_after, reason, change) VALUES (?, ?, ?, ?)
  ON CONFLICT (user_id) DO UPDATE
  SET valid_after = excluded.valid_after, reason = excluded.reason, change = excluded.change`;

const FORGET = `
  DELETE FROM token_revocation WHERE user_id IN (
    SELECT user_id FROM token_revocation WHERE valid_after <= ? ORDER BY valid_after LIMIT 20
  )`;

/**
 * Numbers the revocations in the order of their commits: one transaction at a time writes, so no number appears late. A
 * position is the origin of the data and the last number.
 */
export class SqliteRevocationStore implements RevocationStore {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly storedMs: number;

  /** @param lifetimeSeconds the longest lifetime of a token. */
  constructor(database: SqliteDatabase, clock: Clock, lifetimeSeconds: number) {
    this.database = database;
    this.clock = clock;
    this.storedMs = lifetimeSeconds * 1000 + EXTRA_MS;
  }

  async record({ userId, validAfter, reason }: TokenRevocation): Promise<TokenRevocation> {
    return this.database.transaction(() => {
      this.database.run(FORGET, this.oldest());
      const known = this.database.get<Row>(FIND, userId, validAfter.getTime());
      if (known) return revocationOf(known);
      const next = this.database.get<{ change: number }>(
        'UPDATE history SET last_revocation = last_revocation + 1 RETURNING last_revocation AS change',
      );
      this.database.run(SAVE, userId, validAfter.getTime(), reason, next?.change ?? null);
      return { userId, validAfter, reason };
    });
  }

  async find(userId: string): Promise<TokenRevocation | undefined> {
    const found = this.database.get<Row>(FIND, userId, this.oldest());
    return found && revocationOf(found);
  }

  async since(position: string | undefined): Promise<RecordedRevocations> {
    const history = this.database.get<{ origin: string; last: number }>(
      'SELECT origin, last_revocation AS last FROM history',
    );
    const { origin, last } = history ?? { origin: '', last: 0 };
    const [knownOrigin, knownLast] = position?.split(' ') ?? [];
    // A restored backup has the same origin, but lacks the last changes.
    const isKnown = knownOrigin === origin && Number(knownLast) <= last;
    const rows = this.database.all<Row>(SINCE, isKnown ? Number(knownLast) : 0, this.oldest());
    return {
      revocations: rows.map(({ userId, validAfter }) => ({ userId, validAfter: new Date(validAfter) })),
      position: `${origin} ${last}`,
    };
  }

  private oldest(): number {
    return this.clock.now().getTime() - this.storedMs;
  }
}

function revocationOf({ userId, validAfter, reason }: Row): TokenRevocation {
  return { userId, validAfter: new Date(validAfter), reason };
}
