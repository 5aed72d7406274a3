import { expect } from 'chai';
import { InvalidTokenCounts, RecentlyValidTokens } from '#interfaces/http/rate-limits/invalid-token-limit';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';

describe('InvalidTokenCounts', () => {
  const policy = { name: 'authentication', limit: 3, windowSeconds: 60 };
  let clock: FixedClock;
  let counts: InvalidTokenCounts;

  beforeEach(() => {
    clock = new FixedClock(SOME_DAY);
    counts = new InvalidTokenCounts(policy, clock);
  });

  const add = (count: number, network = 'a') => {
    for (let n = 0; n < count; n += 1) counts.add(network);
  };

  it('stops a network at its limit, and no other network', () => {
    add(2);
    expect(counts.secondsLeft('a')).to.equal(0);
    add(1);
    expect([counts.secondsLeft('a'), counts.secondsLeft('b')]).to.deep.equal([60, 0]);
  });

  it('lets a network go on a minute after its first invalid token', () => {
    add(1);
    clock.advance(30_000);
    add(5);
    expect(counts.secondsLeft('a')).to.equal(30);
    clock.advance(29_001);
    expect(counts.secondsLeft('a')).to.equal(1);
    clock.advance(999);
    expect(counts.secondsLeft('a')).to.equal(0);
    add(2);
    expect(counts.secondsLeft('a'), 'a new window, a new count').to.equal(0);
    add(1);
    expect(counts.secondsLeft('a')).to.equal(60);
  });

  it('forgets the oldest networks when there are too many', () => {
    add(3, 'first');
    for (let n = 0; n < 19_999; n += 1) counts.add(`network ${n}`);
    expect(counts.secondsLeft('first')).to.equal(60);
    add(3, 'last');
    expect([counts.secondsLeft('first'), counts.secondsLeft('last')]).to.deep.equal([0, 60]);
  });

  it('counts a network among the newest when its window begins again', () => {
    add(1);
    for (let n = 0; n < 10_000; n += 1) counts.add(`network ${n}`);
    clock.advance(60_000);
    add(3);
    for (let n = 10_000; n < 21_000; n += 1) counts.add(`network ${n}`);
    expect(counts.secondsLeft('a')).to.equal(60);
  });
});

describe('RecentlyValidTokens', () => {
  it('knows a token from when it is added until it is removed', () => {
    const tokens = new RecentlyValidTokens();
    tokens.add('a');
    expect([tokens.has('a'), tokens.has('b')]).to.deep.equal([true, false]);
    tokens.remove('a');
    expect(tokens.has('a')).to.equal(false);
  });

  it('keeps at least the last ten thousand tokens, and at most twenty thousand', () => {
    const tokens = new RecentlyValidTokens();
    const seen = (from: number, to: number) => {
      for (let n = from; n < to; n += 1) tokens.add(`token ${n}`);
    };
    seen(0, 20_000);
    expect([tokens.has('token 0'), tokens.has('token 19999')]).to.deep.equal([true, true]);
    tokens.add('token 0');
    expect([tokens.has('token 0'), tokens.has('token 9999')]).to.deep.equal([true, false]);
    for (let n = 10_000; n < 20_000; n += 1) expect(tokens.has(`token ${n}`)).to.equal(true);
  });

  it('removes old tokens as well as recent ones', () => {
    const tokens = new RecentlyValidTokens();
    tokens.add('old');
    for (let n = 0; n < 10_000; n += 1) tokens.add(`token ${n}`);
    expect(tokens.has('old')).to.equal(true);
    tokens.remove('old');
    expect(tokens.has('old')).to.equal(false);
  });
});
