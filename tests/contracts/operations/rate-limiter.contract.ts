import { expect } from 'chai';
import type { Allowance, RateLimiter, RateLimitPolicy } from '#application/ports/operations/rate-limiter';

export type RateLimiterHarness = {
  /** Returns the limiter of one more process with the same storage. */
  readonly process: () => RateLimiter;
  /** Moves the clocks of all processes forward. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

const FEW: RateLimitPolicy = { name: 'few', limit: 5, windowSeconds: 60 };
/** A limit so large that a process may reserve several actions at a time. */
const MANY: RateLimitPolicy = { name: 'many', limit: 300, windowSeconds: 60 };

const takes = (limiter: RateLimiter, count: number, policy: RateLimitPolicy, key = 'ada'): Promise<Allowance[]> =>
  Promise.all(Array.from({ length: count }, () => limiter.take(policy, key)));

const passed = (allowances: readonly Allowance[]): number => allowances.filter(({ allowed }) => allowed).length;

/** The contract of every RateLimiter. */
export function rateLimiterContract(harness: () => Promise<RateLimiterHarness>): void {
  let subject: RateLimiterHarness;
  let limiter: RateLimiter;

  beforeEach(async () => {
    subject = await harness();
    limiter = subject.process();
  });

  it('allows as many actions as the policy says, and returns how many remain', async () => {
    const remaining: [boolean, number][] = [];
    for (let n = 0; n < 7; n += 1) {
      const { allowed, remaining: left, secondsLeft } = await limiter.take(FEW, 'ada');
      remaining.push([allowed, left]);
      expect(secondsLeft).to.be.within(59, 60);
    }
    const [allowed, refused] = [[4, 3, 2, 1, 0].map((left) => [true, left]), [false, 0]];
    expect(remaining).to.deep.equal([...allowed, refused, refused]);
  });

  it('allows actions again in the next window, which refused actions do not postpone', async () => {
    await takes(limiter, 5, FEW);
    await subject.pass(59);
    const { allowed, secondsLeft } = await limiter.take(FEW, 'ada');
    expect([allowed, secondsLeft]).to.deep.equal([false, 1]);
    await subject.pass(1);
    expect(passed(await takes(limiter, 10, FEW))).to.equal(5);
  });

  it('gives each policy a window of its own length', async () => {
    const short = { name: 'short', limit: 1, windowSeconds: 10 };
    const { secondsLeft, remaining } = await limiter.take(short, 'ada');
    expect(secondsLeft).to.be.within(9, 10);
    expect(remaining).to.equal(0);
    await limiter.take(FEW, 'ada');
    await subject.pass(8);
    expect((await limiter.take(short, 'ada')).allowed).to.equal(false);
    await subject.pass(2);
    expect((await limiter.take(short, 'ada')).allowed).to.equal(true);
    const later = await limiter.take(FEW, 'ada');
    expect(later.secondsLeft).to.be.within(49, 50);
    expect(later.remaining).to.equal(3);
  });

  it('counts each key and each policy separately', async () => {
    await takes(limiter, 10, FEW);
    expect(passed(await takes(limiter, 10, FEW, 'grace'))).to.equal(5);
    expect(passed(await takes(limiter, 10, { ...FEW, name: 'other' }))).to.equal(5);
  });

  it('accepts any text as a key', async () => {
    for (const key of ['', "'; DROP TABLE rate_limit", '2001:db8::/64', 'ключ 🔑', 'x'.repeat(500)]) {
      expect(passed(await takes(limiter, 6, FEW, key)), key).to.equal(5);
    }
  });

  it('never exceeds the limit when many actions come at once', async () => {
    expect(passed(await takes(limiter, 50, FEW))).to.equal(5);
    expect(passed(await takes(limiter, 1000, MANY))).to.equal(300);
  });

  it('never exceeds the limit with several processes, and grants a small limit in full', async () => {
    const processes = [limiter, subject.process(), subject.process(), subject.process()];
    const asked = async (count: number, policy: RateLimitPolicy) =>
      passed((await Promise.all(processes.map((each) => takes(each, count, policy)))).flat());
    expect(await asked(20, FEW)).to.equal(5);
    expect(await asked(200, MANY)).to.equal(300);
  });

  it('applies at most 2 % early when a process does not use its reservation', async () => {
    await subject.process().take(MANY, 'ada');
    expect(passed(await takes(limiter, 400, MANY))).to.be.within(300 - 300 / 50, 299);
  });

  it('does not carry a reservation over into the next window', async () => {
    const other = subject.process();
    await other.take(MANY, 'ada');
    await subject.pass(60);
    const all = await Promise.all([takes(limiter, 300, MANY), takes(other, 300, MANY)]);
    expect(passed(all.flat())).to.equal(300);
  });

  it('lets each process grant the limit by itself while the storage is away', async () => {
    const other = subject.process();
    await subject.breakStorage();
    try {
      for (const alone of [limiter, other]) expect(passed(await takes(alone, 20, FEW))).to.equal(5);
      expect(await limiter.take(FEW, 'ada')).to.deep.include({ allowed: false, remaining: 0 });
    } finally {
      await subject.healStorage();
    }
    await subject.pass(60);
    const all = await Promise.all([takes(limiter, 20, FEW), takes(other, 20, FEW)]);
    expect(passed(all.flat()), 'the processes share the limit again').to.equal(5);
  });
}
