import { expect } from 'chai';
import fc from 'fast-check';
import { instantText } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';

/** Writes an instant as PostgreSQL does, without zeros at the end. */
const written = (instant: Date) =>
  instant
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '+00');

describe('instantText', () => {
  it('gives any instant of four-digit years as toISOString does', () => {
    const instants = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(fc.property(instants, (instant) => instantText(written(instant)) === instant.toISOString()));
  });

  for (const [text, instant] of [
    ['2026-11-26 10:00:00+00', '2026-11-26T10:00:00.000Z'],
    ['2026-11-26 10:00:00.1+00', '2026-11-26T10:00:00.100Z'],
    ['2026-11-26 10:00:00.05+00', '2026-11-26T10:00:00.050Z'],
    ['2026-11-26 10:00:00.123456+00', '2026-11-26T10:00:00.123Z'],
    ['2026-11-26 12:00:00.123+02', '2026-11-26T10:00:00.123Z'],
    ['2026-11-26 15:30:00+05:30', '2026-11-26T10:00:00.000Z'],
    ['-infinity', '-infinity'],
  ] as const)
    it(`reads ${text}`, () => {
      expect(instantText(text)).to.equal(instant);
    });
});
