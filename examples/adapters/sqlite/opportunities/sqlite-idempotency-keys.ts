import {
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  type IdempotencyKeys,
  REMEMBERED_HOURS,
  type Retry,
} from '#application/ports/opportunities/idempotency-keys';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';

type Remembered = { readonly userId: string; readonly retry: Retry; readonly answer: string };

const RECALL = 'SELECT fingerprint, answer FROM idempotency_key WHERE user_id = ? AND key = ? AND created_at > ?';

const REMEMBER = `
  INSERT INTO idempotency_key (user_id, key, fingerprint, answer, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (user_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at
  WHERE created_at <= ?`;

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
  private readonly own = new Set<string>();
  private readonly remembered: Remembered[] = [];

  constructor(database: SqliteDatabase, clock: Clock, held: Set<string>) {
    this.database = database;
    this.clock = clock;
    this.held = held;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    const name = JSON.stringify([userId, key]);
    if (this.held.has(name) && !this.own.has(name)) throw new IdempotencyKeyInUse();
    this.held.add(name);
    this.own.add(name);
    const earlier = this.database.get<{ fingerprint: string; answer: string }>(RECALL, userId, key, this.expired());
    if (earlier && earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier?.answer;
  }

  async remember(userId: string, retry: Retry, answer: string): Promise<void> {
    this.remembered.push({ userId, retry, answer });
  }

  /**
   * Stores the responses, inside of the transaction in which the block ends.
   * @throws IdempotencyKeyInUse when another process has stored a response under the key since the claim.
   */
  apply(): void {
    for (const { userId, retry, answer } of this.remembered) {
      const now = this.clock.now().getTime();
      this.database.run(FORGET, this.expired());
      const { key, fingerprint } = retry;
      const changes = this.database.run(REMEMBER, userId, key, fingerprint, answer, now, this.expired());
      if (changes === 0) throw new IdempotencyKeyInUse();
    }
  }

  /** Lets other blocks claim the keys. */
  release(): void {
    for (const name of this.own) this.held.delete(name);
  }

  private expired(): number {
    return this.clock.now().getTime() - REMEMBERED_HOURS * 3_600_000;
  }
}
