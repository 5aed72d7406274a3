import type { PoolClient } from 'pg';
import {
  type IdempotencyKeys,
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  REMEMBERED_HOURS,
  type Retry,
} from '#application/ports/opportunities/idempotency-keys';
import { runStatement } from '../connections/node-postgres.ts';

// An INSERT would wait for the other transaction. This lock is granted or refused at once, and ends with the
// transaction.
const CLAIM = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS claimed';

const RECALL = `
  SELECT fingerprint, answer FROM idempotency_key
  WHERE user_id = $1 AND key = $2 AND created_at > now() - interval '${REMEMBERED_HOURS} hours'`;

// An expired key may not be removed yet, so the statement checks its age.
const REMEMBER = `
  INSERT INTO idempotency_key (user_id, key, fingerprint, answer) VALUES ($1, $2, $3, $4)
  ON CONFLICT (user_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at`;

// Removes a few keys at a time, the oldest first, so that no lock is held for long and no request waits.
const FORGET = `
  DELETE FROM idempotency_key WHERE (user_id, key) IN (
    SELECT user_id, key FROM idempotency_key WHERE created_at < now() - interval '${REMEMBERED_HOURS} hours'
    ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED
  )`;

export class PostgresIdempotencyKeys implements IdempotencyKeys {
  private readonly client: PoolClient;

  constructor(client: PoolClient) {
    this.client = client;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    const lock = await runStatement<{ claimed: boolean }>(this.client, {
      text: CLAIM,
      values: [JSON.stringify([userId, key])],
    });
    if (!lock.rows[0]?.claimed) throw new IdempotencyKeyInUse();
    const recalled = await runStatement<{ fingerprint: string; answer: string }>(this.client, {
      text: RECALL,
      values: [userId, key],
    });
    const [earlier] = recalled.rows;
    if (earlier && earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier?.answer;
  }

  /** Storing a key removes some expired keys, so that no other job has to clean the table. */
  async remember(userId: string, { key, fingerprint }: Retry, response: string): Promise<void> {
    await runStatement(this.client, { text: REMEMBER, values: [userId, key, fingerprint, response] });
    await runStatement(this.client, { text: FORGET });
  }
}
