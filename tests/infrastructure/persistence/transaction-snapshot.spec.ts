import { expect } from 'chai';
import fc from 'fast-check';
import {
  BEFORE_EVERYTHING,
  boundedSnapshot,
  isBoundedSnapshot,
} from '#infrastructure/persistence/connections/transaction-snapshot';

describe('a transaction snapshot', () => {
  for (const text of [
    BEFORE_EVERYTHING,
    '742:742:',
    '742:750:742',
    '742:750:742,745,749',
    '9223372036854775807:9223372036854775807:',
  ])
    it(`accepts ${text}`, () => {
      expect(isBoundedSnapshot(text)).to.equal(true);
      expect(boundedSnapshot(text)).to.equal(text);
    });

  for (const text of [
    ...[
      '',
      '1',
      '1:1',
      ':1:',
      '1::',
      '0:1:',
      '1:0:',
      '-1:1:',
      '01:1:',
      '1:1:1:',
      ' 1:1:',
      '1:1:\n',
      '1.0:2:',
      '1e3:2000:',
    ],
    ...[
      '2:1:',
      '742:750:741',
      '742:750:750',
      '742:750:745,745',
      '742:750:749,745',
      '742:750:,',
      '742:750:745,',
      '742:750:,745',
    ],
    '99999999999999999999:99999999999999999999:',
    `1:1000:${Array.from({ length: 101 }, (_, index) => index + 1).join()}`,
  ])
    it(`refuses ${JSON.stringify(text.slice(0, 50))}, which was never issued`, () => {
      expect(isBoundedSnapshot(text)).to.equal(false);
    });

  it('becomes an earlier one when too many transactions are open, in which nothing more is visible', () => {
    const visible = (text: string, id: number) => {
      const [, xmax, open = ''] = text.split(':');
      return id < Number(xmax) && !open.split(',').includes(String(id));
    };
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 5, max: 400 }), { maxLength: 300 }), (ids) => {
        const open = ids.sort((one, other) => one - other);
        const text = `${open[0] ?? 401}:401:${open.join()}`;
        const bounded = boundedSnapshot(text);
        expect(isBoundedSnapshot(bounded), bounded).to.equal(true);
        if (open.length <= 100) expect(bounded).to.equal(text);
        for (let id = 1; id <= 405; id++)
          if (visible(bounded, id)) expect(visible(text, id), String(id)).to.equal(true);
        // Transactions before the hundred-and-first open one are visible at once.
        for (let id = 1; id < (open[100] ?? 401); id++) expect(visible(bounded, id)).to.equal(visible(text, id));
      }),
    );
  });
});
