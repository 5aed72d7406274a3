import { expect } from 'chai';
import { isUserId, type Role, ROLES } from '#domain/actor';
import { isTooFarAhead, mayRevokeTokens, maySeeRevocations, revocationViolations } from '#domain/token-revocation';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);

describe('a token revocation', () => {
  it('may be made and seen by admins only', () => {
    const allowed = (policy: typeof mayRevokeTokens): Role[] =>
      ROLES.filter((role) => policy({ id: 'ada', role }).allowed);
    expect([allowed(mayRevokeTokens), allowed(maySeeRevocations)]).to.deep.equal([['admin'], ['admin']]);
  });

  it('may be a minute in the future, because clocks differ', () => {
    expect([later(-1), NOW, later(60_000), later(60_001)].map((at) => isTooFarAhead(at, NOW))).to.deep.equal([
      false,
      false,
      false,
      true,
    ]);
  });

  it('is refused with all of its violations at once', () => {
    const codes = (given: Parameters<typeof revocationViolations>[0]) =>
      revocationViolations(given, NOW).map(({ path, code }) => `${path.join('.')} ${code}`);
    expect(codes({})).to.deep.equal([]);
    expect(codes({ validAfter: new Date(0), reason: 'x'.repeat(200) })).to.deep.equal([]);
    expect(codes({ validAfter: later(60_000), reason: 'logged out' })).to.deep.equal([]);
    expect(codes({ validAfter: new Date(-1) })).to.deep.equal(['validAfter out_of_range']);
    expect(codes({ validAfter: later(60_001), reason: 'x'.repeat(201) })).to.deep.equal([
      'validAfter in_the_future',
      'reason too_long',
    ]);
    for (const [reason, code] of [
      ['', 'too_short'],
      ['two\nlines', 'invalid_characters'],
      ['\ud800', 'invalid_characters'],
      [' ', 'blank'],
    ] as const)
      expect(codes({ reason }), JSON.stringify(reason)).to.deep.equal([`reason ${code}`]);
  });

  it('can name any user id, and no other text', () => {
    for (const id of ['42', 'ada@example.org', 'a/b', 'ключ 🔑', 'x'.repeat(128)])
      expect(isUserId(id), id).to.equal(true);
    for (const id of ['', 'x'.repeat(129), 'a\u0000', 'a\nb', '\u202e', '\ud800'])
      expect(isUserId(id), JSON.stringify(id)).to.equal(false);
  });
});
