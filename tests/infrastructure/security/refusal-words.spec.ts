import { expect } from 'chai';
import { parsedPart } from '#infrastructure/security/compact-jws';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { rejection } from '../../support/system/rejection.ts';
import {
  base64url,
  CLAIMS,
  HEADER,
  NOW,
  signature,
  signedToken,
  withClaims,
  without,
} from '../../support/tokens/signed-token.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

async function wordsOf(token: string, settings: Partial<TokenVerifierSettings> = {}): Promise<string> {
  const verifier = new SimpleJwtTokenVerifier(tokenSettings(settings), new FixedClock(SOME_DAY));
  return ((await rejection(verifier.verify(token))) as Error).message;
}

const [header = '', payload = '', mac = ''] = signedToken().split('.');
const deep = base64url('['.repeat(33));
const withHeader = (changes: object) => signedToken(CLAIMS, { ...HEADER, ...changes });
/** Returns a token of 8192 characters, the longest accepted size, with more characters behind it. */
const long = (more: string) => {
  const start = `${header}.${payload}.`;
  return start + base64url(Buffer.alloc(((8192 - start.length) * 3) / 4)) + more;
};

/** In the order of the checks. Each token passes all earlier checks, and often fails a later one as well. */
const WORDS: Record<string, [token: string, settings?: Partial<TokenVerifierSettings>][]> = {
  'The token is longer than 8192 characters.': [[long('A')], ['.'.repeat(8193)]],
  'The token does not consist of three parts in base64url with dots between them.': [
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
  'The token has a header that repeats a name.': [[signedToken(CLAIMS, '{"alg":"HS256","alg":"HS256"}')]],
  'The token has a header that is nested too deeply.': [[`${deep}.${payload}.${mac}`]],
  'The token is signed with an algorithm that this service does not accept.': [[withHeader({ alg: 'HS384', typ: 1 })]],
  'The token has a typ other than JWT.': [
    [withHeader({ typ: 'at+jwt', kid: 1 })],
    [withHeader({ typ: null })],
    [withHeader({ typ: ['JWT'] })],
  ],
  'The token has a kid that is not text.': [[withHeader({ kid: 1, crit: [] })]],
  'The token needs an extension that this service does not support.': [
    [withHeader({ crit: [] })],
    [withHeader({ b64: true })],
  ],
  // The payload is checked before the signature, because jsonwebtoken would parse it.
  'The token has a payload that is nested too deeply.': [[`${header}.${deep}.${mac}`]],
  'The token does not name its key in a kid.': [
    [signedToken(CLAIMS, { alg: 'RS256' }), { algorithm: 'RS256', keys: { jwksUrl: 'http://127.0.0.1:9/' } }],
  ],
  'The token has a signature that does not match: either the keys differ or the token was altered.': [
    [long('')],
    [`${header}.${base64url('no JSON')}.${mac}`],
    [`${header}.${payload}.${signature(`${header}.${payload}`, 'another secret')}`],
  ],
  // The header has no typ: with it, jsonwebtoken parses the payload itself and fails.
  'The token has a payload that is not JSON.': [[signedToken('no JSON', { alg: 'HS256' })]],
  'The token has a payload that is not UTF-8.': [[signedToken(Buffer.from([0xff]), { alg: 'HS256' })]],
  'The token has a payload that repeats a name.': [[signedToken('{"exp":1,"exp":2}')]],
  'The token has an iat that is not a number.': [[withClaims({ iat: '1', nbf: '1' })]],
  'The token was issued in the future: the clocks differ.': [[withClaims({ iat: NOW + 1, nbf: NOW + 1 })]],
  'The token has an nbf that is not a number.': [[withClaims({ nbf: '1', exp: 1 })]],
  'The token is not valid yet.': [[withClaims({ nbf: NOW + 1, exp: 1 })]],
  'The token has an exp that is not a number.': [[withClaims({ exp: '1', iss: 1 })]],
  'The token has expired.': [[withClaims({ exp: NOW, iss: 'other' }), { issuer: 'django' }]],
  'The token has an unexpected issuer.': [
    [withClaims({ iss: 'other', sub: 1 }), { issuer: 'django', audience: 'app' }],
  ],
  'The token is meant for another audience.': [[withClaims({ aud: 'other', sub: 1 }), { audience: 'app' }]],
  'The token has a sub that is not text.': [[withClaims({ sub: 1, jti: 1 })]],
  'The token has a jti that is not text.': [[withClaims({ jti: 1, exp: undefined })], [withClaims({ jti: null })]],
  'The token has no exp and would never expire.': [[signedToken({})]],
  'The token has no jti.': [[withClaims({ jti: undefined, token_type: 1 })], [withClaims({ jti: '' })]],
  'The token does not say its type.': [[without('token_type')], [withClaims({ token_type: ['access'] })]],
  'The token is not an access token.': [[withClaims({ token_type: 'refresh', exp: NOW + 604_800 })]],
  'The token is valid for longer than this service allows.': [[withClaims({ exp: NOW + 604_800, user_id: null })]],
  'The token has no valid user id.': [[without('user_id')]],
};

describe('the text of a refusal', () => {
  for (const [words, cases] of Object.entries(WORDS))
    it(words, async () => {
      for (const [token, settings] of cases) expect(await wordsOf(token, settings)).to.equal(words);
    });

  it('exists only for defects of the token: other errors are passed on', () => {
    expect(() => parsedPart('payload', null as never)).to.throw(TypeError);
  });
});
