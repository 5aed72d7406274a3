import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type IdempotencyKeys,
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  REMEMBERED_HOURS,
  type Retry,
} from '#application/ports/idempotency-keys';

// An INSERT would wait for the other transaction; this lock tells at once, and is gone with the transaction.
const CLAIM = 'SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)) AS claimed';

const RECALL = `
  SELECT fingerprint, answer FROM idempotency_key
  WHERE user_id = ? AND key = ? AND created_at > now() - interval '${REMEMBERED_HOURS} hours'`;

// An expired one may still be there.
const REMEMBER = `
  INSERT INTO idempotency_key (user_id, key, fingerprint, answer) VALUES (?, ?, ?, ?)
  ON CONFLICT (user_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at`;

// A few at a time, so that no lock is held for long and no request waits; the oldest first.
const FORGET = `
  DELETE FROM idempotency_key WHERE (user_id, key) IN (
    SELECT user_id, key FROM idempotency_key WHERE created_at < now() - interval '${REMEMBERED_HOURS} hours'
    ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED
  )`;

export class IdempotencyKeyTable implements IdempotencyKeys {
  private readonly em: EntityManager;

  constructor(em: EntityManager) {
    this.em = em;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    const [lock] = await this.execute<{ claimed: boolean }>(CLAIM, [JSON.stringify([userId, key])]);
    if (!lock?.claimed) throw new IdempotencyKeyInUse();
    const [earlier] = await this.execute<{ fingerprint: string; answer: string }>(RECALL, [userId, key]);
    if (earlier && earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier?.answer;
  }

  /** Whoever adds a key takes away some that have expired, so there is nothing to clean at night. */
  async remember(userId: string, { key, fingerprint }: Retry, answer: string): Promise<void> {
    await this.execute(REMEMBER, [userId, key, fingerprint, answer]);
    await this.execute(FORGET, []);
  }

  private execute<Row extends object>(sql: string, values: unknown[]): Promise<Row[]> {
    return this.em.getConnection().execute<Row[]>(sql, values, 'all', this.em.getTransactionContext());
  }
}
