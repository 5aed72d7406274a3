import { expect } from 'chai';
import type { Allowance, RateLimiter, RateLimitPolicy } from '#application/ports/system/rate-limiter';

export type RateLimiterHarness = {
  /** That of one more process with the same storage. */
  readonly process: () => RateLimiter;
  /** Moves the clocks of all processes. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

const FEW: RateLimitPolicy = { name: 'few', limit: 5, windowSeconds: 60 };
/** So many that a process may take several at once. */
const MANY: RateLimitPolicy = { name: 'many', limit: 300, windowSeconds: 60 };

const takes = (limiter: RateLimiter, count: number, policy: RateLimitPolicy, key = 'ada'): Promise<Allowance[]> =>
  Promise.all(Array.from({ length: count }, () => limiter.take(policy, key)));

const passed = (allowances: readonly Allowance[]): number => allowances.filter(({ allowed }) => allowed).length;

/** What every RateLimiter must do. */
export function rateLimiterContract(harness: () => Promise<RateLimiterHarness>): void {
  let subject: RateLimiterHarness;
  let limiter: RateLimiter;

  beforeEach(async () => {
    subject = await harness();
    limiter = subject.process();
  });

  it('lets as many pass as the policy says, and tells how many remain', async () => {
    const remaining: [boolean, number][] = [];
    for (let n = 0; n < 7; n += 1) {
      const { allowed, remaining: left, secondsLeft } = await limiter.take(FEW, 'ada');
      remaining.push([allowed, left]);
      expect(secondsLeft).to.be.within(1, 60);
    }
    const [allowed, refused] = [[4, 3, 2, 1, 0].map((left) => [true, left]), [false, 0]];
    expect(remaining).to.deep.equal([...allowed, refused, refused]);
  });

  it('lets them pass again in the next window, which what was refused does not put off', async () => {
    await takes(limiter, 5, FEW);
    await subject.pass(59);
    const { allowed, secondsLeft } = await limiter.take(FEW, 'ada');
    expect([allowed, secondsLeft]).to.deep.equal([false, 1]);
    await subject.pass(1);
    expect(passed(await takes(limiter, 10, FEW))).to.equal(5);
  });

  it('counts each key, and each policy, by itself', async () => {
    await takes(limiter, 10, FEW);
    expect(passed(await takes(limiter, 10, FEW, 'grace'))).to.equal(5);
    expect(passed(await takes(limiter, 10, { ...FEW, name: 'other' }))).to.equal(5);
  });

  it('takes any text for a key', async () => {
    for (const key of ['', "'; DROP TABLE rate_limit", '2001:db8::/64', 'ключ 🔑', 'x'.repeat(500)]) {
      expect(passed(await takes(limiter, 6, FEW, key)), key).to.equal(5);
    }
  });

  it('lets no more pass when many ask at once', async () => {
    expect(passed(await takes(limiter, 50, FEW))).to.equal(5);
    expect(passed(await takes(limiter, 1000, MANY))).to.equal(300);
  });

  it('lets no more pass when several processes are asked at once, and of a small limit no fewer', async () => {
    const processes = [limiter, subject.process(), subject.process(), subject.process()];
    const asked = async (count: number, policy: RateLimitPolicy) =>
      passed((await Promise.all(processes.map((each) => takes(each, count, policy)))).flat());
    expect(await asked(20, FEW)).to.equal(5);
    expect(await asked(200, MANY)).to.equal(300);
  });

  it('lets a few less pass at most, when one process does not use what it has taken', async () => {
    await subject.process().take(MANY, 'ada');
    expect(passed(await takes(limiter, 400, MANY))).to.be.within(300 - 300 / 50, 299);
  });

  it('gives nothing of one window in the next', async () => {
    const other = subject.process();
    await other.take(MANY, 'ada');
    await subject.pass(60);
    const all = await Promise.all([takes(limiter, 300, MANY), takes(other, 300, MANY)]);
    expect(passed(all.flat())).to.equal(300);
  });

  it('does not fail while the storage is away: each process grants the limit by itself', async () => {
    const other = subject.process();
    await subject.breakStorage();
    try {
      for (const alone of [limiter, other]) expect(passed(await takes(alone, 20, FEW))).to.equal(5);
    } finally {
      await subject.healStorage();
    }
    await subject.pass(60);
    const all = await Promise.all([takes(limiter, 20, FEW), takes(other, 20, FEW)]);
    expect(passed(all.flat()), 'together again').to.equal(5);
  });
}
