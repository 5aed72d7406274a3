import { expect } from 'chai';
import { PostgresRateLimiter, RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { query } from '../../../support/servers/test-database.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { FixedClock } from '../../../support/system/fixed-clock.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

describe('PostgresRateLimiter', () => {
  const database = useMigratedDatabase();

  const pools: RateLimitPool[] = [];
  let clock: FixedClock;

  /** A limiter of one process, with its own pool and its own memory. */
  const limiterOf = (changes: Partial<typeof database.settings> = {}) => {
    const pool = new RateLimitPool({ ...database.settings, statementTimeoutMs: 200, ...changes }, database.logger);
    pools.push(pool);
    return new PostgresRateLimiter(pool, clock, database.logger);
  };

  beforeEach(() => {
    clock = new FixedClock(new Date());
  });

  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

  const READS = { name: 'reads', limit: 100, windowSeconds: 60 };

  it('grants the remaining database.requests when the storage goes away in the middle of a window', async () => {
    const limiter = limiterOf();
    for (let n = 0; n < 60; n += 1) await limiter.take(READS, 'ada');
    await query(database.url, 'ALTER TABLE rate_limit RENAME COLUMN points TO gone');
    try {
      const rest = await Promise.all(Array.from({ length: 60 }, () => limiter.take(READS, 'ada')));
      expect(rest.filter(({ allowed }) => allowed)).to.have.length(40);
    } finally {
      await query(database.url, 'ALTER TABLE rate_limit RENAME COLUMN gone TO points');
    }
  });

  it('does not fail without a database', async () => {
    const limiter = limiterOf({ url: 'postgresql://nobody@127.0.0.1:1/test' });
    database.logger.lines.length = 0;
    expect(await limiter.take(READS, 'ada')).to.deep.equal({ allowed: true, remaining: 99, secondsLeft: 60 });
    await limiter.take(READS, 'grace');
    expect(
      database.logger.lines.map(({ level, message }) => [level, message]),
      'said once',
    ).to.deep.equal([['warn', 'rate limits are not shared: this process counts alone']]);
  });

  it('removes expired rows soon', async () => {
    const limiter = limiterOf();
    const keys = async () =>
      (await query<{ key: string }>(database.url, 'SELECT key FROM rate_limit')).map(({ key }) => key);
    await limiter.take(READS, 'old');
    await query(database.url, 'UPDATE rate_limit SET expire = expire - 180000');
    clock.advance(61_000);
    await limiter.take(READS, 'new');
    await eventually(async () => ((await keys()).length === 1 ? true : undefined));
    expect(await keys()).to.deep.equal(['reads:new']);
  });
});
