import { hash } from 'node:crypto';

/** How many buckets the outbox has. Rows carry their bucket, so changing it needs an empty outbox. */
export const BUCKETS = 64;

/** The bucket of a key, always the same: the events of a key must never be in two relays' hands. */
export function bucketOf(key: string): number {
  return hash('sha256', key, 'buffer').readUInt32BE(0) % BUCKETS;
}

/** The oldest parked row of each key. From key to key: there may be very many events behind each. */
export const PARKED_HEADS = `
  WITH RECURSIVE head AS (
    (SELECT * FROM outbox_parked ORDER BY key, position LIMIT 1)
    UNION ALL
    SELECT next.* FROM head, LATERAL (
      SELECT * FROM outbox_parked AS each WHERE each.key > head.key ORDER BY key, position LIMIT 1
    ) AS next
  )`;
