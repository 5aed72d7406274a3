import { expect } from 'chai';
import { LowWaterMark } from '#infrastructure/persistence/outbox/low-water-mark';

describe('LowWaterMark', () => {
  let mark: LowWaterMark;
  const fetched = (...positions: number[]) => {
    mark.fetched(mark.begin(), positions.map(BigInt));
  };
  const at = () => Number(mark.begin().after);

  beforeEach(() => {
    mark = new LowWaterMark();
  });

  it('stays at the start until the writers have been looked at', () => {
    fetched(1, 2, 3);
    fetched(4);
    expect(at()).to.equal(0);
  });

  it('passes fetched messages when no transaction writes, with the next fetch', () => {
    fetched(1, 2, 3);
    mark.sawWriters([]);
    expect(at(), 'one may have committed between the fetch and the look').to.equal(0);
    fetched();
    expect(at()).to.equal(3);
  });

  it('passes no position while a transaction may still commit a lower one', () => {
    fetched(1, 3);
    mark.sawWriters(['slow', 'quick']);
    fetched();
    mark.sawWriters(['slow', 'another']);
    fetched(5);
    expect(at()).to.equal(0);
    mark.sawWriters(['another']);
    // The slow transaction had drawn position 2.
    fetched(2);
    expect(at()).to.equal(2);
    fetched();
    expect(at()).to.equal(3);
  });

  it('moves on although there are always writers', () => {
    for (let step = 1; step <= 10; step += 1) {
      fetched(step);
      mark.sawWriters([`writer ${step}`]);
    }
    expect(at()).to.be.above(7);
  });

  it('goes no further than a fetch has seen', () => {
    fetched(1, 2, 3, 4, 5, 6);
    mark.sawWriters([]);
    // The limit has cut off other committed messages below position 6.
    mark.fetched(mark.begin(), [2n]);
    expect(at()).to.equal(2);
  });

  it('goes back to a message that is put back, also while a fetch is running that did not see it', () => {
    fetched(1, 2, 3, 4);
    mark.sawWriters([]);
    fetched();
    expect(at()).to.equal(4);
    mark.putBack(3n);
    expect(at()).to.equal(2);
    fetched(3);
    expect(at()).to.equal(3);

    const underWay = mark.begin();
    mark.putBack(2n);
    mark.fetched(underWay, []);
    expect(at()).to.equal(1);
  });

  it('starts from zero after a reset', () => {
    fetched(1, 2, 3);
    mark.sawWriters([]);
    fetched();
    const underWay = mark.begin();
    mark.reset();
    mark.fetched(underWay, [9n]);
    expect(at()).to.equal(0);
  });
});
