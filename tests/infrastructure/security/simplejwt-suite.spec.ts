import { constants, generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { identified } from '../../support/outbox/identified.ts';
import {
  CLAIMS,
  HEADER,
  keySignedToken,
  NOW,
  signedToken,
  signature,
  withClaims,
  without,
} from '../../support/tokens/signed-token.ts';
import { refusalOf } from '../../support/tokens/token-refusal.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

/** `expected` is the user id of an accepted token, or the code of a refusal. */
type Case = { token: string; expected: string; settings?: Partial<TokenVerifierSettings> };
/** A case with a whole Authorization header. */
type HeaderCase = { header: string | undefined; expected: string; schemes?: [string, ...string[]] };

const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }),
};
const signedWith = (alg: keyof typeof pairs, claims: Record<string, unknown> = CLAIMS) =>
  keySignedToken(claims, { alg, typ: 'JWT' }, `sha${alg.slice(2)}`, pairs[alg].privateKey, {
    ...(alg.startsWith('ES') && { dsaEncoding: 'ieee-p1363' }),
    ...(alg.startsWith('RS') && { padding: constants.RSA_PKCS1_PADDING }),
  });
const keyOf = (alg: keyof typeof pairs): Partial<TokenVerifierSettings> => ({
  algorithm: alg,
  keys: {
    publicKey: pairs[alg].publicKey.export({ type: 'spki', format: 'pem' }) as string,
  },
});

/** Joins the payload of one token and the signature of another. */
function swapped(one: string, other: string): string {
  return [...one.split('.').slice(0, 2), other.split('.')[2]].join('.');
}

const known = (header: Record<string, string>, secret: string) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part({ exp: 946_684_800 })}`;
  return `${signed}.${signature(signed, secret)}`;
};
const secretOf = (secret: string): Partial<TokenVerifierSettings> => ({ keys: { secret, previousSecret: undefined } });
const SLIDING = withClaims({ token_type: 'sliding', refresh_exp: NOW + 86_400 });
const AGREED = { audience: 'openid-client-id', issuer: 'https://www.myoidcprovider.com' };
const aud = AGREED.audience;
const iss = AGREED.issuer;

/**
 * The cases of djangorestframework-simplejwt's own tests, under the names of those tests. Tests of features that the service
 * does not have are left out: signing, the blacklist, users in a database (test_get_user_with_check_revoke_token), `*_no_verify`,
 * optional claims (test_optional_jti, test_optional_type_token) and another header name (test_get_header_x_access_token).
 * Three others are elsewhere: keys from an address in jwks-keys.spec.ts, test_check_token_if_wrong_type_leeway in config.spec.ts,
 * and test_user_can_get_access_and_refresh_tokens_and_use_them in the scenario django-login-to-kafka.spec.ts.
 */
const CASES: Record<string, Record<string, Case[]>> = {
  'test_backends.py': {
    test_encode_hmac: [
      {
        token: known({ typ: 'JWT', alg: 'HS256' }, 'not_secret'),
        settings: secretOf('not_secret'),
        expected: 'token_expired',
      },
      {
        token: known({ alg: 'HS256', typ: 'JWT' }, 'not_secret'),
        settings: secretOf('not_secret'),
        expected: 'token_expired',
      },
    ],
    test_decode_with_no_expiry: [{ token: without('exp'), expected: 'token_invalid' }],
    test_decode_with_expiry: [
      { token: withClaims({ exp: NOW - 1 }), expected: 'token_expired' },
      ...(['RS256', 'ES256', 'ES384', 'ES512'] as const).map((alg) => ({
        token: signedWith(alg, { ...CLAIMS, exp: NOW - 1 }),
        settings: keyOf(alg),
        expected: 'token_expired',
      })),
    ],
    test_decode_with_invalid_sig: [
      { token: swapped(withClaims({ foo: 'baz' }), signedToken()), expected: 'token_invalid' },
      ...(['RS256', 'ES256', 'ES384', 'ES512'] as const).map((alg) => ({
        token: swapped(signedWith(alg, { ...CLAIMS, foo: 'baz' }), signedWith(alg)),
        settings: keyOf(alg),
        expected: 'token_invalid',
      })),
    ],
    test_decode_success: [
      { token: withClaims({ foo: 'baz' }), expected: '42' },
      ...(['RS256', 'ES256', 'ES384', 'ES512'] as const).map((alg) => ({
        token: signedWith(alg),
        settings: keyOf(alg),
        expected: '42',
      })),
    ],
    test_decode_aud_iss_success: [
      { token: withClaims({ aud, iss }), settings: AGREED, expected: '42' },
      { token: withClaims({ aud: ['other', aud], iss }), settings: AGREED, expected: '42' },
      ...[
        { iss },
        { aud },
        { aud: 'other', iss },
        { aud, iss: 'other' },
        { aud: ['other'], iss },
        { aud: [], iss },
      ].map((claims) => ({ token: withClaims(claims), settings: AGREED, expected: 'token_invalid' })),
      ...[
        { aud: [aud, 1], iss },
        { aud: { [aud]: true }, iss },
        { aud, iss: [iss] },
        { aud: ` ${aud}`, iss },
      ].map((claims) => ({ token: withClaims(claims), settings: AGREED, expected: 'token_invalid' })),
      // Without the settings the claims are not checked.
      { token: withClaims({ aud: 'anything', iss: 'anybody' }), expected: '42' },
    ],
    test_decode_when_token_algorithm_does_not_match: [
      { token: signedWith('RS256'), expected: 'token_invalid' },
      { token: signedToken(), settings: keyOf('RS256'), expected: 'token_invalid' },
    ],
    test_decode_when_algorithm_not_available: [
      { token: signedToken(CLAIMS, { ...HEADER, alg: 'XS256' }), expected: 'token_invalid' },
    ],
    test_decode_leeway_hmac_fail: [
      { token: withClaims({ exp: NOW - 200 }), settings: { leewaySeconds: 100 }, expected: 'token_expired' },
      { token: withClaims({ exp: NOW - 100 }), settings: { leewaySeconds: 100 }, expected: 'token_expired' },
    ],
    test_decode_leeway_hmac_success: [
      { token: withClaims({ exp: NOW - 50 }), settings: { leewaySeconds: 100 }, expected: '42' },
      { token: withClaims({ exp: NOW - 99 }), settings: { leewaySeconds: 100 }, expected: '42' },
    ],
    test_custom_JSONEncoder: [{ token: withClaims({ uuid: randomUUID() }), expected: '42' }],
  },
  'test_tokens.py': {
    test_init_token_given: [{ token: withClaims({ some_value: 'arst' }), expected: '42' }],
    test_init_bad_sig_token_given: [
      { token: swapped(signedToken(), withClaims({ some_value: 'arst' })), expected: 'token_invalid' },
    ],
    test_init_expired_token_given: [{ token: withClaims({ exp: NOW - 1 }), expected: 'token_expired' }],
    test_init_no_type_token_given: [{ token: without('token_type'), expected: 'token_invalid' }],
    test_init_wrong_type_token_given: [
      { token: withClaims({ token_type: 'wrong_type' }), expected: 'token_wrong_type' },
    ],
    test_init_no_jti_token_given: [{ token: without('jti'), expected: 'token_invalid' }],
    test_str: [
      {
        token: known({ typ: 'JWT', alg: 'HS256' }, 'not very secret in tests'),
        settings: secretOf('not very secret in tests'),
        expected: 'token_expired',
      },
    ],
    test_check_exp: [
      { token: without('exp'), expected: 'token_invalid' },
      { token: withClaims({ exp: NOW }), expected: 'token_expired' },
      { token: withClaims({ exp: NOW - 1 }), expected: 'token_expired' },
      { token: withClaims({ exp: NOW + 1 }), expected: '42' },
    ],
    test_check_token_not_expired_if_in_leeway: [
      { token: withClaims({ exp: NOW - 9 }), settings: { leewaySeconds: 10 }, expected: '42' },
    ],
    test_for_user: [{ token: withClaims({ user_id: '1' }), expected: '1' }],
    test_token_user_id_claim_should_always_be_string: [
      { token: withClaims({ user_id: '1' }), expected: '1' },
      { token: withClaims({ user_id: 1 }), expected: '1' },
    ],
    test_for_user_with_username: [{ token: withClaims({ user_id: 'deep-thought' }), expected: 'deep-thought' }],
    test_revoke_token_claim_included_in_authorization_token: [
      { token: withClaims({ hash_password: 'A'.repeat(32) }), expected: '42' },
    ],
    'TestSlidingToken.test_init': [
      { token: SLIDING, expected: 'token_wrong_type' },
      { token: SLIDING, settings: { tokenTypes: ['access', 'sliding'] }, expected: '42' },
    ],
    'TestRefreshToken.test_access_token': [
      { token: withClaims({ role: 'moderator', iat: NOW - 7 * 86_400 }), expected: '42' },
    ],
    'TestUntypedToken.test_it_should_accept_and_verify_any_type_of_token': [
      // Django's /token/verify/ accepts a refresh token, but a service must not.
      { token: withClaims({ token_type: 'refresh' }), expected: 'token_wrong_type' },
    ],
  },
  'test_authentication.py': {
    test_get_validated_token: [{ token: withClaims({ exp: NOW - 1 }), expected: 'token_expired' }],
    test_get_validated_token_reject_unknown_token: [{ token: SLIDING, expected: 'token_wrong_type' }],
    test_get_validated_token_accept_known_token: [
      { token: SLIDING, settings: { tokenTypes: ['sliding'] }, expected: '42' },
      { token: signedToken(), settings: { tokenTypes: ['access', 'sliding'] }, expected: '42' },
      { token: signedToken(), settings: { tokenTypes: ['sliding'] }, expected: 'token_wrong_type' },
    ],
    test_get_user: [
      { token: without('user_id'), expected: 'token_invalid' },
      { token: withClaims({ user_id: 42 }), expected: '42' },
    ],
    test_get_user_with_str_user_id_claim: [{ token: withClaims({ user_id: '42' }), expected: '42' }],
  },
};

const GOOD = signedToken();
const HEADER_CASES: Record<string, Record<string, HeaderCase[]>> = {
  'test_authentication.py, headers': {
    test_get_header: [
      { header: undefined, expected: 'token_missing' },
      { header: `Bearer ${GOOD}`, expected: '42' },
    ],
    test_get_raw_token: [
      { header: '', expected: 'token_missing' },
      { header: 'Bearer one two', expected: 'authorization_malformed' },
      { header: 'Bearer', expected: 'authorization_malformed' },
      { header: `Bearer ${GOOD}`, expected: '42' },
    ],
    test_get_raw_token_incorrect_header_keyword: [
      { header: `Bearer ${GOOD}`, schemes: ['JWT'], expected: 'token_missing' },
    ],
    test_get_raw_token_multi_header_keyword: ['Bearer', 'JWT'].map((scheme) => ({
      ...{ header: `${scheme} ${GOOD}`, expected: '42' },
      schemes: ['JWT', 'Bearer'],
    })),
  },
  'test_integration.py': {
    test_no_authorization: [{ header: undefined, expected: 'token_missing' }],
    test_wrong_auth_type: [{ header: `Wrong ${GOOD}`, expected: 'token_missing' }],
    test_expired_token: [{ header: `Bearer ${withClaims({ exp: NOW - 1 })}`, expected: 'token_expired' }],
  },
};

describe('simplejwt’s own cases', () => {
  for (const [file, cases] of Object.entries(CASES))
    describe(file, () => {
      for (const [name, list] of Object.entries(cases))
        it(name, async () => {
          for (const { token, expected, settings = {} } of list) {
            const verifier = new SimpleJwtTokenVerifier(tokenSettings(settings), new FixedClock(SOME_DAY));
            const outcome = expected.startsWith('token_')
              ? await refusalOf(verifier, token)
              : (await verifier.verify(token)).actor.id;
            expect(outcome, token).to.equal(expected);
          }
        });
    });

  for (const [file, cases] of Object.entries(HEADER_CASES))
    describe(file, () => {
      for (const [name, list] of Object.entries(cases))
        it(name, async () => {
          const verifier = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY));
          for (const { header, expected, schemes = ['Bearer'] } of list) {
            const { actor, rejection } = await identified(verifier, schemes as [string], header);
            expect(actor?.id ?? (rejection as { code: string }).code, header).to.equal(expected);
          }
        });
    });
});
