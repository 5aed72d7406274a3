import { expect } from 'chai';
import fc from 'fast-check';
import { isStaff, roleFrom, ROLES } from '#domain/actor';

describe('the role claim', () => {
  for (const role of ROLES) {
    it(`accepts ${role}`, () => {
      expect(roleFrom(role)).to.equal(role);
    });
  }

  for (const claim of [
    undefined,
    null,
    true,
    false,
    0,
    1,
    1.5,
    '',
    'Admin',
    'ADMIN',
    ' admin',
    'admin ',
    'admin\u0000',
    'аdmin', // Its first letter is Cyrillic.
    'admin,moderator',
    'superuser',
    'constructor',
    ['admin'],
    [],
    { role: 'admin' },
    { toString: 'admin' },
    {},
  ]) {
    it(`takes ${JSON.stringify(claim)} for a plain user`, () => {
      expect(roleFrom(claim)).to.equal('user');
    });
  }

  it('never grants more than the claim says, for any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claim) => {
        const known = claim === 'admin' || claim === 'moderator';
        expect(roleFrom(claim)).to.equal(known ? claim : 'user');
      }),
    );
  });

  it('makes only moderators and admins staff', () => {
    const staff = ROLES.filter((role) => isStaff({ id: '1', role }));
    expect(staff).to.deep.equal(['moderator', 'admin']);
  });
});
