import type { Clock } from '#application/ports/system/clock';
import type { Allowance, RateLimiter, RateLimitPolicy } from '#application/ports/operations/rate-limiter';
import type { InMemoryDatabase } from './in-memory-database.ts';

export type RateLimitCount = { taken: number; readonly until: number };

/** Counts every action in the database. */
export class InMemoryRateLimiter implements RateLimiter {
  private readonly database: InMemoryDatabase;
  private readonly clock: Clock;
  /** The counts of this process while the database is away. */
  private readonly alone = new Map<string, RateLimitCount>();

  constructor(database: InMemoryDatabase, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  async take({ name, limit, windowSeconds }: RateLimitPolicy, key: string): Promise<Allowance> {
    const counts = this.database.away ? this.alone : this.database.rateLimits;
    const now = this.clock.now().getTime();
    const known = counts.get(`${name}:${key}`);
    const count = known && known.until > now ? known : { taken: 0, until: now + windowSeconds * 1000 };
    counts.set(`${name}:${key}`, count);
    const allowed = count.taken < limit;
    if (allowed) count.taken += 1;
    return { allowed, remaining: limit - count.taken, secondsLeft: Math.ceil((count.until - now) / 1000) };
  }
}
