import { expect } from 'chai';
import { pickSome, randomChoices } from '../../../tools/chaos/random-choices.ts';

describe('the random choices of a run', () => {
  const numbers = (name: string, seed: number) => {
    const random = randomChoices(name, seed);
    return Array.from({ length: 50 }, () => random.between(1, 6));
  };

  it('are the same for the same fault and seed, and different for any other', () => {
    expect(numbers('latency', 1)).to.deep.equal(numbers('latency', 1));
    expect(numbers('latency', 1)).to.not.deep.equal(numbers('latency', 2));
    expect(numbers('latency', 1)).to.not.deep.equal(numbers('relay-killed', 1));
  });

  it('differ from the first number on, even for seeds that are neighbours', () => {
    const first = Array.from({ length: 100 }, (_, seed) => Math.floor(randomChoices('latency', seed).fraction() * 4));
    expect(new Set(first).size).to.equal(4);
  });

  it('reach both ends of a range and never exceed them', () => {
    const seen = new Set(Array.from({ length: 20 }, (_, seed) => numbers('latency', seed)).flat());
    expect([...seen].toSorted()).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('pick different elements of a list', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const picked = pickSome(['a', 'b', 'c', 'd'], 3, randomChoices('several-at-once', seed));
      expect(new Set(picked).size).to.equal(3);
    }
  });
});
