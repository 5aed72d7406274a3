import { expect } from 'chai';
import fc from 'fast-check';
import { bucketOf, BUCKETS } from '#infrastructure/persistence/outbox/outbox-tables';

describe('bucketOf', () => {
  // These numbers were computed with Python's hashlib. Rows store their bucket, so they may only change while the outbox is empty.
  for (const [key, bucket] of [
    ['', 2],
    ['01900000-0000-7000-8000-000000000001', 31],
    ['01900000-0000-7000-8000-000000000002', 0],
    ['018f3c5e-7b1a-7c3d-9e2f-0123456789ab', 41],
    ['żółw', 16],
  ] as const) {
    it(`always puts ${JSON.stringify(key)} into bucket ${bucket}`, () => {
      expect(BUCKETS).to.equal(64);
      expect(bucketOf(key)).to.equal(bucket);
    });
  }

  it('gives every key one bucket, always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const bucket = bucketOf(key);
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS).to.equal(true);
        expect(bucketOf(key)).to.equal(bucket);
      }),
    );
  });

  it('spreads consecutive ids evenly', () => {
    const counts = new Array<number>(BUCKETS).fill(0);
    for (let id = 0; id < 6400; id += 1)
      counts[bucketOf(`01900000-0000-7000-8000-${String(id).padStart(12, '0')}`)]! += 1;
    expect(Math.min(...counts)).to.be.greaterThan(60);
    expect(Math.max(...counts)).to.be.lessThan(150);
  });
});
