import {
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  type IdempotencyKeys,
  REMEMBERED_HOURS,
  type Retry,
} from '#application/ports/opportunities/idempotency-keys';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';

/** A response as a row holds it. */
type Stored = { readonly fingerprint: string; readonly answer: string; readonly createdAt: number };

/** A key that this block has claimed: the response that was stored at that time, and the one that the block remembers. */
type Claim = {
  readonly userId: string;
  readonly key: string;
  readonly found: Stored | undefined;
  remembered?: { readonly fingerprint: string; readonly answer: string };
};

const RECALL = `
  SELECT fingerprint, answer, created_at AS createdAt FROM idempotency_key
  WHERE user_id = ? AND key = ? AND created_at > ?`;

const REMEMBER = `
  INSERT INTO idempotency_key (user_id, key, fingerprint, answer, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (user_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at`;

// A few rows at a time, so that no request waits for many.
const FORGET = `
  DELETE FROM idempotency_key WHERE (user_id, key) IN (
    SELECT user_id, key FROM idempotency_key WHERE created_at <= ? ORDER BY created_at LIMIT 20
  )`;

export class SqliteIdempotencyKeys implements IdempotencyKeys {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  /** Keys that blocks of this process hold. */
  private readonly held: Set<string>;
  private readonly claims = new Map<string, Claim>();

  constructor(database: SqliteDatabase, clock: Clock, held: Set<string>) {
    this.database = database;
    this.clock = clock;
    this.held = held;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    const name = JSON.stringify([userId, key]);
    const own = this.claims.get(name);
    if (!own && this.held.has(name)) throw new IdempotencyKeyInUse();
    const claim = own ?? { userId, key, found: this.recall(userId, key) };
    this.held.add(name);
    this.claims.set(name, claim);
    const earlier = claim.remembered ?? claim.found;
    if (earlier && earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier?.answer;
  }

  async remember(userId: string, { key, fingerprint }: Retry, answer: string): Promise<void> {
    const claim = this.claims.get(JSON.stringify([userId, key]));
    if (!claim) throw new Error('A response can be remembered only under a claimed key.');
    claim.remembered = { fingerprint, answer };
  }

  /**
   * Stores the responses, inside of the transaction in which the block ends.
   * @throws IdempotencyKeyInUse when another process has stored a response under the key since the claim.
   */
  apply(): void {
    for (const { userId, key, found, remembered } of this.claims.values()) {
      if (!remembered) continue;
      if (this.recall(userId, key)?.createdAt !== found?.createdAt) throw new IdempotencyKeyInUse();
      this.database.run(FORGET, this.expired());
      const { fingerprint, answer } = remembered;
      this.database.run(REMEMBER, userId, key, fingerprint, answer, this.clock.now().getTime());
    }
  }

  /** Lets other blocks claim the keys. */
  release(): void {
    for (const name of this.claims.keys()) this.held.delete(name);
  }

  private recall(userId: string, key: string): Stored | undefined {
    return this.database.get<Stored>(RECALL, userId, key, this.expired());
  }

  private expired(): number {
    return this.clock.now().getTime() - REMEMBERED_HOURS * 3_600_000;
  }
}
