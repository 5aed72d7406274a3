import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import type { IdGenerator } from '#application/ports/system/id-generator';

/** The length of one id in bytes. */
const LENGTH = 16;
const COUNTER_BITS = 31;

/**
 * Generates UUIDs of version 7 (RFC 9562 §5.7). Each is larger than the one before, because a counter orders the ids of one
 * millisecond (§6.2, method 1). Random bytes are fetched for 256 ids at once: fetching them is the slowest part of an id.
 */
export class UuidV7Generator implements IdGenerator {
  private readonly pool = Buffer.alloc(256 * LENGTH);
  private used = this.pool.length;
  private msecs = 0;
  private seq = 0;

  next(): string {
    const random = this.randomBytes();
    const now = Date.now();
    this.seq += 1;
    if (now > this.msecs || this.seq >= 2 ** COUNTER_BITS) {
      this.msecs = Math.max(now, this.msecs + 1);
      this.seq = random.readUInt32BE(0) >>> 2;
    }
    return v7({ random, msecs: this.msecs, seq: this.seq });
  }

  private randomBytes(): Buffer {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    this.used += LENGTH;
    return this.pool.subarray(this.used - LENGTH, this.used);
  }
}
