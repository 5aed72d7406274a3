import { compatibilityPartitioner } from '@platformatic/kafka';
import { expect } from 'chai';
import fc from 'fast-check';
import { positiveMurmur2 } from '#infrastructure/messaging/murmur2';
import { JAVA_HASHES } from '../../support/outbox/java-hashes.ts';

describe('positiveMurmur2', () => {
  it('gives the hashes of the Java client', () => {
    expect(JAVA_HASHES.map(([key]) => positiveMurmur2(Buffer.from(key)))).to.deep.equal(
      JAVA_HASHES.map(([, hash]) => hash & 0x7fffffff),
    );
  });

  it('gives the same hash as the other implementation for any key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const key = Buffer.from(bytes);
        expect(positiveMurmur2(key)).to.equal(compatibilityPartitioner({ topic: 'any', value: key }, key));
      }),
    );
  });
});
