import { StorageUnavailable } from '#application/ports/application-error';
import type { Clock } from '#application/ports/system/clock';
import type { Allowance, RateLimiter, RateLimitPolicy } from '#application/ports/operations/rate-limiter';
import type { SqliteDatabase } from '../sqlite-database.ts';

/** Actions of one key in its window, which ends at an instant in milliseconds since 1970. */
type Count = { readonly taken: number; readonly endsAt: number };

/** Largest number of keys that are counted in memory while the database is away. */
const MOST_KEYS = 10_000;

const SAVE = `
  INSERT INTO rate_limit (policy, key, taken, ends_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (policy, key) DO UPDATE SET taken = excluded.taken, ends_at = excluded.ends_at`;

// A few rows at a time, so that no request waits for many.
const FORGET = `
  DELETE FROM rate_limit WHERE rowid IN (SELECT rowid FROM rate_limit WHERE ends_at <= ? ORDER BY ends_at LIMIT 20)`;

/** Counts every action in the database. It needs no leases, because no network lies between the two. */
export class SqliteRateLimiter implements RateLimiter {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly alone = new Map<string, Count>();

  /** @param database a connection that is not durable: a count that a power failure loses costs nothing. */
  constructor(database: SqliteDatabase, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  async take(policy: RateLimitPolicy, key: string): Promise<Allowance> {
    const now = this.clock.now().getTime();
    try {
      return this.database.transaction(() => this.takeFromDatabase(policy, key, now));
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      return this.takeAlone(policy, key, now);
    }
  }

  private takeFromDatabase(policy: RateLimitPolicy, key: string, now: number): Allowance {
    this.database.run(FORGET, now);
    const select = 'SELECT taken, ends_at AS endsAt FROM rate_limit WHERE policy = ? AND key = ?';
    const { count, allowance } = counted(policy, this.database.get<Count>(select, policy.name, key), now);
    this.database.run(SAVE, policy.name, key, count.taken, count.endsAt);
    return allowance;
  }

  private takeAlone(policy: RateLimitPolicy, key: string, now: number): Allowance {
    const name = `${policy.name}:${key}`;
    const { count, allowance } = counted(policy, this.alone.get(name), now);
    if (this.alone.size >= MOST_KEYS) this.alone.clear();
    this.alone.set(name, count);
    return allowance;
  }
}

function counted({ limit, windowSeconds }: RateLimitPolicy, known: Count | undefined, now: number) {
  const before = known && known.endsAt > now ? known : { taken: 0, endsAt: now + windowSeconds * 1000 };
  const allowed = before.taken < limit;
  const count: Count = { ...before, taken: before.taken + (allowed ? 1 : 0) };
  const secondsLeft = Math.max(1, Math.ceil((count.endsAt - now) / 1000));
  return { count, allowance: { allowed, remaining: limit - count.taken, secondsLeft } satisfies Allowance };
}
