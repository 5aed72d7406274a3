import pg from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Clock } from '#application/ports/system/clock';
import type { Logger } from '#application/ports/operations/logger';
import type { Allowance, RateLimiter, RateLimitPolicy } from '#application/ports/operations/rate-limiter';
import { connectionOptions, type DatabaseSettings } from './connections/connection-options.ts';

/** A lease is one statement on one row, so two connections serve thousands of leases in a second. */
const MOST_CONNECTIONS = 2;
/** Milliseconds after which a request is counted without the database, so that it does not wait longer. */
const PATIENCE_MS = 1000;

/**
 * Connections for the rate limiter alone. In a shared pool, requests that wait for a connection would keep the limiter
 * from refusing further requests. The pool connects when it is first used.
 */
export class RateLimitPool extends pg.Pool {
  constructor(settings: DatabaseSettings, logger: Logger) {
    const statementTimeoutMs = Math.min(settings.statementTimeoutMs, PATIENCE_MS);
    super({
      ...connectionOptions({ ...settings, statementTimeoutMs }),
      application_name: 'opportunities limits',
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    // Without a listener, an idle connection that breaks would end the process.
    this.on('error', (error) => {
      logger.debug({ err: error }, 'an idle connection of the rate limiter broke');
    });
  }
}

/** A process reserves one fiftieth (2 %) of a limit at a time, and spends it without asking the table again. */
const LEASES = 50;
/** Largest number of keys in memory. A forgotten key stays counted in the table. */
const MOST_KEYS = 20_000;
/** Milliseconds after a failure in which the table is not asked again. */
const PAUSE_MS = 5000;
/** Milliseconds between two removals of expired rows, and the shortest time for which an expired row stays. */
const SWEEP_MS = 60_000;

const SWEEP = 'DELETE FROM rate_limit WHERE expire < $1';

/** The requests that this process may still allow under one key, within one window. */
type Lease = {
  /** Requests that are reserved from the table and not spent yet. */
  left: number;
  /** Requests that no process had reserved when the table was last asked. */
  unclaimed: number;
  /** The end of the window, in milliseconds since 1970. */
  until: number;
  /** Requests that wait for the refill. */
  waiting: number;
  refill: Promise<void> | undefined;
};

/**
 * Shares limits through one table. It reserves several requests at once, so that most requests write nothing. Windows begin
 * and end by the clocks of the processes, which must agree within about a second.
 */
export class PostgresRateLimiter implements RateLimiter {
  private readonly pool: Pick<pg.Pool, 'query'>;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly table: RateLimiterPostgres;
  /** Leases by name, the oldest first. */
  private readonly leases = new Map<string, Lease>();
  /** The time until which the table counts as unreachable; 0 while it can be reached. */
  private awayUntil = 0;
  private sweptAt = 0;

  constructor(pool: Pick<pg.Pool, 'query'>, clock: Clock, logger: Logger) {
    this.pool = pool;
    this.clock = clock;
    this.logger = logger;
    this.table = new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limit',
      // A migration creates the table. Without this option, each start would try to create it.
      tableCreated: true,
      // The library's own cleaning sets a timer that nothing can end.
      clearExpiredByTimeout: false,
      keyPrefix: '',
      // Each call passes the numbers of its policy, and this class computes the rest.
      points: 0,
      duration: 0,
    });
  }

  async take(policy: RateLimitPolicy, key: string): Promise<Allowance> {
    const name = `${policy.name}:${key}`;
    for (;;) {
      const now = this.clock.now().getTime();
      const lease = this.leaseOf(policy, name, now);
      const secondsLeft = Math.max(1, Math.ceil((lease.until - now) / 1000));
      if (lease.left > 0) {
        lease.left -= 1;
        return { allowed: true, remaining: lease.left + lease.unclaimed, secondsLeft };
      }
      if (lease.unclaimed === 0) return { allowed: false, remaining: 0, secondsLeft };
      // The table is asked once for all requests that wait.
      lease.waiting += 1;
      await (lease.refill ??= this.refill(policy, name, lease));
      lease.waiting -= 1;
    }
  }

  private leaseOf({ limit, windowSeconds }: RateLimitPolicy, name: string, now: number): Lease {
    const known = this.leases.get(name);
    if (known && known.until > now) return known;
    const lease = { left: 0, unclaimed: limit, until: now + windowSeconds * 1000, waiting: 0, refill: undefined };
    this.leases.delete(name);
    if (this.leases.size >= MOST_KEYS) this.forgetOldest();
    this.leases.set(name, lease);
    return lease;
  }

  /** Forgets a tenth at once. A map that forgets one key at a time steps over all keys that it removed before. */
  private forgetOldest(): void {
    for (const name of this.leases.keys()) {
      this.leases.delete(name);
      if (this.leases.size <= MOST_KEYS * 0.9) return;
    }
  }

  /**
   * Reserves requests in the table. While the table cannot be reached, it takes all requests that were unclaimed when
   * the table was last asked.
   */
  private async refill(policy: RateLimitPolicy, name: string, lease: Lease): Promise<void> {
    try {
      if (this.clock.now().getTime() < this.awayUntil) this.takeAll(lease);
      else await this.takeFromTable(policy, name, lease);
    } catch (error) {
      this.away(error);
      this.takeAll(lease);
    }
    lease.refill = undefined;
  }

  private takeAll(lease: Lease): void {
    lease.left += lease.unclaimed;
    lease.unclaimed = 0;
  }

  private async takeFromTable({ limit, windowSeconds }: RateLimitPolicy, name: string, lease: Lease): Promise<void> {
    const wanted = Math.min(limit, Math.max(Math.floor(limit / LEASES), lease.waiting, 1));
    // penalty() counts like consume(), but returns how far the limit is exceeded where consume() throws.
    const { consumedPoints, msBeforeNext } = await this.table.penalty(name, wanted, { customDuration: windowSeconds });
    const now = this.clock.now().getTime();
    const taken = Math.max(0, limit - (consumedPoints - wanted));
    lease.left += Math.min(wanted, taken);
    lease.unclaimed = Math.max(0, limit - consumedPoints);
    lease.until = now + msBeforeNext;
    this.back();
    this.sweep(now);
  }

  private away(error: unknown): void {
    if (this.awayUntil === 0) this.logger.warn({ err: error }, 'rate limits are not shared: this process counts alone');
    this.awayUntil = this.clock.now().getTime() + PAUSE_MS;
  }

  private back(): void {
    if (this.awayUntil > 0) this.logger.info({}, 'rate limits are shared again');
    this.awayUntil = 0;
  }

  /** Taking a lease removes expired rows once a minute, so that no timer is needed. */
  private sweep(now: number): void {
    if (now < this.sweptAt + SWEEP_MS) return;
    this.sweptAt = now;
    this.pool.query(SWEEP, [now - SWEEP_MS]).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'expired rate limits could not be removed');
    });
  }
}
