import { expect } from 'chai';
import { BadTokens } from '#interfaces/http/rate-limits/bad-token-limit';
import { GoodTokens } from '#interfaces/http/rate-limits/bad-token-limit';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';

describe('BadTokens', () => {
  const policy = { name: 'authentication', limit: 3, windowSeconds: 60 };
  let clock: FixedClock;
  let bad: BadTokens;

  beforeEach(() => {
    clock = new FixedClock(SOME_DAY);
    bad = new BadTokens(policy, clock);
  });

  const add = (count: number, network = 'a') => {
    for (let n = 0; n < count; n += 1) bad.add(network);
  };

  it('stops a network at the limit, and no other', () => {
    add(2);
    expect(bad.secondsLeft('a')).to.equal(0);
    add(1);
    expect([bad.secondsLeft('a'), bad.secondsLeft('b')]).to.deep.equal([60, 0]);
  });

  it('lets it go on when the window is over, which began with the first', () => {
    add(1);
    clock.advance(30_000);
    add(5);
    expect(bad.secondsLeft('a')).to.equal(30);
    clock.advance(29_001);
    expect(bad.secondsLeft('a')).to.equal(1);
    clock.advance(999);
    expect(bad.secondsLeft('a')).to.equal(0);
    add(2);
    expect(bad.secondsLeft('a'), 'a new window, a new count').to.equal(0);
    add(1);
    expect(bad.secondsLeft('a')).to.equal(60);
  });

  it('forgets the oldest networks when there are too many', () => {
    add(3, 'first');
    for (let n = 0; n < 19_999; n += 1) bad.add(`network ${n}`);
    expect(bad.secondsLeft('first')).to.equal(60);
    add(3, 'last');
    expect([bad.secondsLeft('first'), bad.secondsLeft('last')]).to.deep.equal([0, 60]);
  });

  it('takes a network for new when its window begins again', () => {
    add(1);
    for (let n = 0; n < 10_000; n += 1) bad.add(`network ${n}`);
    clock.advance(60_000);
    add(3);
    for (let n = 10_000; n < 21_000; n += 1) bad.add(`network ${n}`);
    expect(bad.secondsLeft('a')).to.equal(60);
  });
});

describe('GoodTokens', () => {
  it('knows what was added, until it is removed', () => {
    const good = new GoodTokens();
    good.add('a');
    expect([good.has('a'), good.has('b')]).to.deep.equal([true, false]);
    good.remove('a');
    expect(good.has('a')).to.equal(false);
  });

  it('forgets those that were not seen among the last twenty thousand, and keeps ten thousand', () => {
    const good = new GoodTokens();
    const seen = (from: number, to: number) => {
      for (let n = from; n < to; n += 1) good.add(`token ${n}`);
    };
    seen(0, 20_000);
    expect([good.has('token 0'), good.has('token 19999')]).to.deep.equal([true, true]);
    good.add('token 0');
    expect([good.has('token 0'), good.has('token 9999')]).to.deep.equal([true, false]);
    for (let n = 10_000; n < 20_000; n += 1) expect(good.has(`token ${n}`)).to.equal(true);
  });

  it('removes what it has known for long, too', () => {
    const good = new GoodTokens();
    good.add('old');
    for (let n = 0; n < 10_000; n += 1) good.add(`token ${n}`);
    expect(good.has('old')).to.equal(true);
    good.remove('old');
    expect(good.has('old')).to.equal(false);
  });
});
