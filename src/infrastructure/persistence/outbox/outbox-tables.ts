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
 * A WITH query of the refused rows that park their keys: the oldest row of each. A key whose oldest row has no refusal is
 * freed, and a relay moves its rows back. The index of refused rows leads to them, however many rows wait behind each.
 */
export const PARKED_HEADS = `
  WITH head AS (
    SELECT * FROM outbox_parked AS refused
    WHERE refusal IS NOT NULL AND NOT EXISTS (
      SELECT FROM outbox_parked AS each WHERE each.key = refused.key AND each.position < refused.position
    )
  )`;

/** Gives SQL for an instant as RFC 3339 text with microseconds, which a Date would lose. */
export function instantWithMicroseconds(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
