import { hash } from 'node:crypto';

/**
 * Number of buckets of the outbox. Rows store their bucket, so this number may only change while the outbox is empty.
 */
export const BUCKETS = 64;

/** Gives the bucket of a key. It is always the same, so that two relays never publish messages of one key. */
export function bucketOf(key: string): number {
  return hash('sha256', key, 'buffer').readUInt32BE(0) % BUCKETS;
}

/**
 * Selects the oldest parked row of each key. The query steps from key to key, because very many messages may wait
 * behind each.
 */
export const PARKED_HEADS = `
  WITH RECURSIVE head AS (
    (SELECT * FROM outbox_parked ORDER BY key, position LIMIT 1)
    UNION ALL
    SELECT next.* FROM head, LATERAL (
      SELECT * FROM outbox_parked AS each WHERE each.key > head.key ORDER BY key, position LIMIT 1
    ) AS next
  )`;

/** Gives SQL for an instant as RFC 3339 text with microseconds, which a Date would lose. */
export function instantWithMicroseconds(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
