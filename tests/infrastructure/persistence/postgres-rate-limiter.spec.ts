import { expect } from 'chai';
import type pg from 'pg';
import { PostgresRateLimiter } from '#infrastructure/persistence/postgres-rate-limiter';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';

const READS = { name: 'reads', limit: 1000, windowSeconds: 60 };

/** A stand-in for the table: it performs upserts one at a time, and records them. */
class Table {
  readonly asked: { readonly key: string; readonly points: number }[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  private readonly sums = new Map<string, number>();
  readonly query = (async (query: string | { text: string; values: unknown[] }) => {
    if (typeof query === 'string') return { rows: [] };
    const [key, points] = query.values as [string, number];
    this.asked.push({ key, points });
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await new Promise(setImmediate);
    this.atOnce -= 1;
    const sum = (this.sums.get(key) ?? 0) + points;
    this.sums.set(key, sum);
    return { rows: [{ points: sum, expire: Date.now() + 60_000 }] };
  }) as unknown as pg.Pool['query'];
}

describe('what the rate limiter asks the database', () => {
  let table: Table;
  let limiter: PostgresRateLimiter;

  beforeEach(() => {
    table = new Table();
    limiter = new PostgresRateLimiter(table, new FixedClock(SOME_DAY), new RecordingLogger());
  });

  const points = () => table.asked.map((one) => one.points);

  it('is a fiftieth of the limit at once, and the next when that is spent', async () => {
    for (let n = 0; n < 41; n += 1) await limiter.take(READS, 'ada');
    expect(points()).to.deep.equal([20, 20, 20]);
  });

  it('is one by one when the limit is small', async () => {
    for (let n = 0; n < 3; n += 1) await limiter.take({ ...READS, limit: 60 }, 'ada');
    expect(points()).to.deep.equal([1, 1, 1]);
  });

  it('is nothing more when all is spent, until the window ends', async () => {
    await Promise.all(Array.from({ length: 2000 }, () => limiter.take(READS, 'ada')));
    const before = table.asked.length;
    await Promise.all(Array.from({ length: 2000 }, () => limiter.take(READS, 'ada')));
    expect(table.asked).to.have.length(before);
  });

  it('is asked once at a time for a key, for everybody who waits', async () => {
    const all = await Promise.all(Array.from({ length: 500 }, () => limiter.take(READS, 'ada')));
    expect(all.every(({ allowed }) => allowed)).to.equal(true);
    expect(points()).to.deep.equal([20, 480]);
    expect(table.mostAtOnce).to.equal(1);
  });

  it('is asked at the same time for different keys', async () => {
    await Promise.all(['ada', 'grace'].map((key) => limiter.take(READS, key)));
    expect(table.mostAtOnce).to.equal(2);
  });

  it('is asked again for a key that was forgotten, as the oldest of 20,000 are', async () => {
    const keysAsked = (key: string) => table.asked.filter((one) => one.key === `reads:${key}`).length;
    await limiter.take(READS, 'oldest');
    await Promise.all(Array.from({ length: 19_999 }, (_, n) => limiter.take(READS, String(n))));
    await limiter.take(READS, 'oldest');
    expect(keysAsked('oldest'), 'not yet').to.equal(1);
    await limiter.take(READS, 'one more');
    await limiter.take(READS, 'oldest');
    await limiter.take(READS, '19998');
    expect([keysAsked('oldest'), keysAsked('19998')]).to.deep.equal([2, 1]);
  });
});
