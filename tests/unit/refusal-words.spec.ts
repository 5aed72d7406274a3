import { expect } from 'chai';
import { parsedPart } from '#infrastructure/security/compact-jws';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenSettings } from '#infrastructure/security/token-verifier-settings';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import { NOTHING_REVOKED } from '../support/nothing-revoked.ts';
import { rejection } from '../support/rejection.ts';
import {
  base64url,
  CLAIMS,
  HEADER,
  NOW,
  signature,
  signedToken,
  withClaims,
  without,
} from '../support/signed-token.ts';
import { tokenSettings } from '../support/token-settings.ts';

async function wordsOf(token: string, settings: Partial<TokenSettings> = {}): Promise<string> {
  const verifier = new SimpleJwtTokenVerifier(tokenSettings(settings), new FixedClock(SOME_DAY), NOTHING_REVOKED);
  return ((await rejection(verifier.verify(token))) as Error).message;
}

const [header = '', payload = '', mac = ''] = signedToken().split('.');
const deep = base64url('['.repeat(33));
const withHeader = (changes: object) => signedToken(CLAIMS, { ...HEADER, ...changes });
/** Of 8192 characters when it is given none more: the longest that is read. */
const long = (more: string) => {
  const start = `${header}.${payload}.`;
  return start + base64url(Buffer.alloc(((8192 - start.length) * 3) / 4)) + more;
};

/** In the order in which they are looked for: each token has what comes before right, and often what comes after wrong. */
const WORDS: Record<string, [token: string, settings?: Partial<TokenSettings>][]> = {
  'The token is longer than 8192 characters.': [[long('A')], ['.'.repeat(8193)]],
  'The token is not three parts of base64url with dots between them.': [
    ['.'.repeat(8192)],
    [`${header}.${payload}`],
    [`.${payload}.${mac}`],
    [`${header}..${mac}`],
    [`${header}.${payload}.`],
    [`${signedToken()}.${mac}`],
    [`${header}.${payload}.${mac}=`],
  ],
  'The token has a header that is not JSON.': [[`${base64url('HS256')}.${payload}.${mac}`]],
  'The token has a header that is not a JSON object.': [[`${base64url('null')}.${payload}.${mac}`]],
  'The token has a header that has the same name twice.': [[signedToken(CLAIMS, '{"alg":"HS256","alg":"HS256"}')]],
  'The token has a header that is nested too deeply.': [[`${deep}.${payload}.${mac}`]],
  'The token is not signed with the algorithm that was agreed upon.': [[withHeader({ alg: 'HS384', typ: 1 })]],
  'The token is of another type than JWT.': [
    [withHeader({ typ: 'at+jwt', kid: 1 })],
    [withHeader({ typ: null })],
    [withHeader({ typ: ['JWT'] })],
  ],
  'The token names its key with something that is no text.': [[withHeader({ kid: 1, crit: [] })]],
  'The token needs an extension that is not known here.': [[withHeader({ crit: [] })], [withHeader({ b64: true })]],
  // Before the signature: jsonwebtoken would parse it.
  'The token has a payload that is nested too deeply.': [[`${header}.${deep}.${mac}`]],
  'The token does not name its key.': [
    [signedToken(CLAIMS, { alg: 'RS256' }), { algorithm: 'RS256', keys: { jwksUrl: 'http://127.0.0.1:9/' } }],
  ],
  'The token is not one that the token issuer signed.': [
    [long('')],
    [`${header}.${base64url('no JSON')}.${mac}`],
    [`${header}.${payload}.${signature(`${header}.${payload}`, 'another secret')}`],
  ],
  // With a typ jsonwebtoken parses it, and fails.
  'The token has a payload that is not JSON.': [[signedToken('no JSON', { alg: 'HS256' })]],
  'The token has a payload that is not UTF-8.': [[signedToken(Buffer.from([0xff]), { alg: 'HS256' })]],
  'The token has a payload that has the same name twice.': [[signedToken('{"exp":1,"exp":2}')]],
  'The token has an iat that is no number.': [[withClaims({ iat: '1', nbf: '1' })]],
  'The token was issued in the future: the clocks differ.': [[withClaims({ iat: NOW + 1, nbf: NOW + 1 })]],
  'The token has an nbf that is no number.': [[withClaims({ nbf: '1', exp: 1 })]],
  'The token is not valid yet.': [[withClaims({ nbf: NOW + 1, exp: 1 })]],
  'The token has an exp that is no number.': [[withClaims({ exp: '1', iss: 1 })]],
  'The token has expired.': [[withClaims({ exp: NOW, iss: 'other' }), { issuer: 'django' }]],
  'The token is not from the issuer that was agreed upon.': [
    [withClaims({ iss: 'other', sub: 1 }), { issuer: 'django', audience: 'app' }],
  ],
  'The token is not for the audience that was agreed upon.': [
    [withClaims({ aud: 'other', sub: 1 }), { audience: 'app' }],
  ],
  'The token has a subject that is no text.': [[withClaims({ sub: 1, jti: 1 })]],
  'The token has an id that is no text.': [[withClaims({ jti: 1, exp: undefined })], [withClaims({ jti: null })]],
  'The token never expires.': [[signedToken({})]],
  'The token has no id.': [[withClaims({ jti: undefined, token_type: 1 })], [withClaims({ jti: '' })]],
  'The token does not say of which type it is.': [[without('token_type')], [withClaims({ token_type: ['access'] })]],
  'The token is not an access token.': [[withClaims({ token_type: 'refresh', exp: NOW + 604_800 })]],
  'The token is valid for longer than any access token.': [[withClaims({ exp: NOW + 604_800, user_id: null })]],
  'The token does not say who the user is.': [[without('user_id')]],
};

describe('the words in which a token is refused', () => {
  for (const [words, cases] of Object.entries(WORDS))
    it(words, async () => {
      for (const [token, settings] of cases) expect(await wordsOf(token, settings)).to.equal(words);
    });

  it('are none when the fault is ours', () => {
    expect(() => parsedPart('payload', null as never)).to.throw(TypeError);
  });
});
