import { expect } from 'chai';
import { chanceOf } from '../../tools/chaos/random-choices.ts';
import { some } from '../../tools/chaos/faults/several-at-once.ts';

describe('what a run leaves to chance', () => {
  const numbers = (name: string, seed: number) => {
    const chance = chanceOf(name, seed);
    return Array.from({ length: 50 }, () => chance.between(1, 6));
  };

  it('is the same for the same fault and seed, and for no other', () => {
    expect(numbers('latency', 1)).to.deep.equal(numbers('latency', 1));
    expect(numbers('latency', 1)).to.not.deep.equal(numbers('latency', 2));
    expect(numbers('latency', 1)).to.not.deep.equal(numbers('relay-killed', 1));
  });

  it('differs from the first number on: seeds that are neighbours do not begin alike', () => {
    const first = Array.from({ length: 100 }, (_, seed) => Math.floor(chanceOf('latency', seed).random() * 4));
    expect(new Set(first).size).to.equal(4);
  });

  it('reaches both ends and nothing beyond', () => {
    const seen = new Set(Array.from({ length: 20 }, (_, seed) => numbers('latency', seed)).flat());
    expect([...seen].toSorted()).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('picks different ones', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const picked = some(['a', 'b', 'c', 'd'], 3, chanceOf('several-at-once', seed));
      expect(new Set(picked).size).to.equal(3);
    }
  });
});
