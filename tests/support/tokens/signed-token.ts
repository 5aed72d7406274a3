import { createHmac, type KeyObject, sign } from 'node:crypto';
import { SOME_DAY } from '../opportunities/an-opportunity.ts';
import { TEST_SECRET } from '../http/start-app.ts';

/** The time on the clock of the tests, in seconds since 1970. */
export const NOW = SOME_DAY.getTime() / 1000;

export const HEADER = { alg: 'HS256', typ: 'JWT' };

/** The claims of simplejwt, and the role claim of the integration guide. */
export const CLAIMS = {
  token_type: 'access',
  exp: NOW + 3600,
  iat: NOW,
  jti: '0123456789abcdef0123456789abcdef',
  user_id: '42',
  role: 'moderator',
};

export const base64url = (part: unknown): string =>
  (Buffer.isBuffer(part) ? part : Buffer.from(typeof part === 'string' ? part : JSON.stringify(part))).toString(
    'base64url',
  );

export const signature = (signed: string | Buffer, secret = TEST_SECRET, hash = 'sha256') =>
  createHmac(hash, secret).update(signed).digest('base64url');

/** Signs a token without a library. A header or payload in text form need not be JSON. */
export function signedToken(
  payload: unknown = CLAIMS,
  header: unknown = HEADER,
  { secret = TEST_SECRET, hash = 'sha256' } = {},
): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${signature(signed, secret, hash)}`;
}

/** @param options the options of node:crypto for the algorithm in the header */
export function keySignedToken(
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
  hash: string | undefined,
  key: KeyObject,
  options: { dsaEncoding?: 'ieee-p1363'; padding?: number; saltLength?: number } = {},
): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${sign(hash, Buffer.from(signed), { key, ...options }).toString('base64url')}`;
}

/** Leaves out claims that are undefined. */
export const withClaims = (claims: Record<string, unknown>) => signedToken({ ...CLAIMS, ...claims });

/** Sets a claim to the given JSON text: JSON.stringify could not write 1e400 or 42.0. */
export const withText = (claim: string, text: string) =>
  signedToken(JSON.stringify({ ...CLAIMS, [claim]: '@' }).replace('"@"', text));

export const without = (claim: string) => withClaims({ [claim]: undefined });
