import { hash } from 'node:crypto';

/** How many buckets the outbox has. Rows carry their bucket, so changing it needs an empty outbox. */
export const BUCKETS = 64;

/** The bucket of a key, always the same: the events of a key must never be in two relays' hands. */
export function bucketOf(key: string): number {
  return hash('sha256', key, 'buffer').readUInt32BE(0) % BUCKETS;
}
