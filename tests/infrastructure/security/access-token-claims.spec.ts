import { expect } from 'chai';
import fc from 'fast-check';
import { readAccessToken } from '#infrastructure/security/access-token-claims';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { CLAIMS, NOW, signedToken, withClaims, without, withText } from '../../support/tokens/signed-token.ts';
import { refusalOf } from '../../support/tokens/token-refusal.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

/** Returns the user id of an accepted token, or the code of its refusal. */
async function verdict(token: string, settings: Partial<TokenVerifierSettings> = {}, now = SOME_DAY): Promise<string> {
  const verifier = new SimpleJwtTokenVerifier(tokenSettings(settings), new FixedClock(now));
  return verifier.verify(token).then(
    ({ actor }) => actor.id,
    () => refusalOf(verifier, token),
  );
}

describe('the claims of an access token', () => {
  describe('the times, without fractions of a second as in PyJWT', () => {
    for (const [name, token, expected, leewaySeconds = 0] of [
      ['issued now', withClaims({ iat: NOW }), '42'],
      ['issued a fraction of a second ahead', withText('iat', `${NOW}.999`), '42'],
      ['issued a second ahead', withClaims({ iat: NOW + 1 }), 'token_not_yet_valid'],
      ['issued ahead, within the leeway', withClaims({ iat: NOW + 5 }), '42', 5],
      ['issued ahead of the leeway', withClaims({ iat: NOW + 6 }), 'token_not_yet_valid', 5],
      ['issued at a login of last week, as up to simplejwt 5.5.0', withClaims({ iat: NOW - 604_800 }), '42'],
      ['issued in 1970', withClaims({ iat: 0 }), '42'],
      ['valid from now on', withClaims({ nbf: NOW }), '42'],
      ['valid a second from now', withClaims({ nbf: NOW + 1 }), 'token_not_yet_valid'],
      ['valid soon, within the leeway', withClaims({ nbf: NOW + 5 }), '42', 5],
      ['expired a fraction of a second from now', withText('exp', `${NOW}.999`), 'token_expired'],
      ['expired a second ago, within the leeway', withClaims({ exp: NOW - 1 }), '42', 2],
      ['expired at the end of the leeway', withClaims({ exp: NOW - 2 }), 'token_expired', 2],
      [
        'issued in the future and expired as well: PyJWT checks iat first',
        withClaims({ iat: NOW + 9, exp: NOW - 9 }),
        'token_not_yet_valid',
      ],
      ...['iat', 'nbf', 'exp'].flatMap((name): [string, string, string][] =>
        [null, true, '', String(NOW), [NOW], {}].map((value) => [
          `${name} ${JSON.stringify(value)}`,
          withClaims({ [name]: value }),
          'token_invalid',
        ]),
      ),
    ] as [string, string, string, number?][])
      it(`${name}: ${expected}`, async () => {
        expect(await verdict(token, { leewaySeconds })).to.equal(expected);
      });

    it('are compared with whole seconds of the clock', async () => {
      const late = new Date(SOME_DAY.getTime() + 999);
      expect(await verdict(withClaims({ exp: NOW + 1 }), {}, late)).to.equal('42');
      expect(await verdict(withClaims({ iat: NOW + 1 }), {}, late)).to.equal('token_not_yet_valid');
      expect(await verdict(withClaims({ exp: NOW + 1 }), {}, new Date(late.getTime() + 1))).to.equal('token_expired');
    });
  });

  describe('the lifetime that is left', () => {
    for (const [left, leewaySeconds, expected] of [
      [900, 0, '42'],
      [901, 0, 'token_invalid'],
      [905, 5, '42'],
      [906, 5, 'token_invalid'],
    ] as const)
      it(`${left} seconds with a leeway of ${leewaySeconds}: ${expected}`, async () => {
        const settings = { maxLifetimeSeconds: 900, leewaySeconds };
        expect(await verdict(withClaims({ exp: NOW + left }), settings)).to.equal(expected);
      });

    it('is checked after the type, so that a refresh token is called one', async () => {
      const refresh = withClaims({ token_type: 'refresh', exp: NOW + 604_800 });
      expect(await verdict(refresh)).to.equal('token_wrong_type');
    });

    it('must not end in the year 9999 or later', async () => {
      for (const exp of [253_402_300_799, Number.MAX_SAFE_INTEGER, 1e20, 1e300])
        expect(await verdict(withClaims({ exp }))).to.equal('token_invalid');
    });
  });

  describe('the user id', () => {
    it('is in the claim that the settings name, and in no other', async () => {
      const token = withClaims({ sub: 'ada', 'https://a.example/id': 7 });
      expect(await verdict(token, { userIdClaim: 'sub' })).to.equal('ada');
      expect(await verdict(token, { userIdClaim: 'https://a.example/id' })).to.equal('7');
      for (const userIdClaim of ['uid', 'constructor', 'toString', '__proto__'])
        expect(await verdict(token, { userIdClaim }), userIdClaim).to.equal('token_invalid');
    });

    it('may be an integer in sub, as up to simplejwt 5.5.0', async () => {
      expect(await verdict(withClaims({ sub: 42 }), { userIdClaim: 'sub' })).to.equal('42');
      expect(await verdict(withClaims({ sub: 42 }))).to.equal('token_invalid');
    });

    for (const [text, expected] of [
      ['0', '0'],
      ['-1', '-1'],
      ['42.0', '42'],
      ['42.000', '42'],
      ['9007199254740991', '9007199254740991'],
      ['9007199254740991.0', '9007199254740991'],
      ['9007199254740992', 'token_invalid'],
      ['9007199254740993', 'token_invalid'],
      ['-9007199254740992', 'token_invalid'],
      // JavaScript rounds all of these to safe integers.
      ['9007199254740991.4', 'token_invalid'],
      ['42.00000000000000000001', 'token_invalid'],
      ['4503599627370497.00000001', 'token_invalid'],
      ['4.2e1', 'token_invalid'],
      ['42e0', 'token_invalid'],
      ['420000e-4', 'token_invalid'],
      ['42.5', 'token_invalid'],
      ['1e308', 'token_invalid'],
      ['1e400', 'token_invalid'],
    ] as const)
      it(`${text}: ${expected}`, async () => {
        expect(await verdict(withText('user_id', text))).to.equal(expected);
      });

    it('is read from the outermost object, not from a claim of the same name inside another', async () => {
      const token = signedToken(
        JSON.stringify({ before: { user_id: 1 }, ...CLAIMS, user_id: 42, behind: [{ user_id: 2.5 }] }),
      );
      expect(await verdict(token)).to.equal('42');
    });

    it('is the same as an integer and as text, for every safe integer', async () => {
      await fc.assert(
        fc.asyncProperty(fc.maxSafeInteger(), async (id) => {
          expect(await verdict(withClaims({ user_id: id }))).to.equal(String(id));
          expect(await verdict(withClaims({ user_id: String(id) }))).to.equal(String(id));
        }),
      );
    });

    it('is limited to 128 code points, not UTF-16 units', async () => {
      expect(await verdict(withClaims({ user_id: '🚀'.repeat(128) }))).to.equal('🚀'.repeat(128));
      expect(await verdict(withClaims({ user_id: '🚀'.repeat(129) }))).to.equal('token_invalid');
    });

    it('must not hold a control character in any place', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(
            '\u0000',
            '\n',
            '\r',
            '\t',
            '\u001f',
            '\u007f',
            '\u0085',
            '\u200b',
            '\u202e',
            '\ufeff',
            '\ud800',
          ),
          fc.string(),
          fc.string(),
          async (control, before, behind) => {
            expect(await verdict(withClaims({ user_id: before + control + behind }))).to.equal('token_invalid');
          },
        ),
      );
    });
  });

  it('tell when the token was issued, if they have iat', () => {
    const issuedAt = (claims: Record<string, unknown>) =>
      readAccessToken(Buffer.from(JSON.stringify({ ...CLAIMS, ...claims })), tokenSettings(), NOW).issuedAt;
    expect(issuedAt({})).to.equal(NOW);
    expect(issuedAt({ iat: NOW - 0.5 })).to.equal(NOW - 1);
    expect(issuedAt({ iat: 0 })).to.equal(0);
    expect(issuedAt({ iat: undefined })).to.equal(undefined);
  });

  it('are checked after the signature: a forged token is never called expired, early or of a wrong type', async () => {
    const forged = (token: string) =>
      token.replace(/[^.]+$/, (mac) => (mac.startsWith('A') ? 'B' : 'A') + mac.slice(1));
    for (const token of [
      withClaims({ exp: NOW - 1 }),
      withClaims({ nbf: NOW + 9 }),
      withClaims({ token_type: 'refresh' }),
      without('exp'),
    ])
      expect(await verdict(forged(token))).to.equal('token_invalid');
  });
});
