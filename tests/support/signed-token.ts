import { createHmac, type KeyObject, sign } from 'node:crypto';
import { SOME_DAY } from './an-opportunity.ts';
import { TEST_SECRET } from './start-app.ts';

/** Seconds since 1970: what the clock of the tests shows. */
export const NOW = SOME_DAY.getTime() / 1000;

export const HEADER = { alg: 'HS256', typ: 'JWT' };

/** What simplejwt writes, and the guide's role. */
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

/** Signed by hand. A header or payload that is text is taken as it is, so that it need not be JSON. */
export function signedToken(
  payload: unknown = CLAIMS,
  header: unknown = HEADER,
  { secret = TEST_SECRET, hash = 'sha256' } = {},
): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${signature(signed, secret, hash)}`;
}

/** @param options what node:crypto needs for the algorithm of the header */
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

/** A claim that is undefined is left out. */
export const withClaims = (claims: Record<string, unknown>) => signedToken({ ...CLAIMS, ...claims });

/** A value as it was written: JSON.stringify would not write 1e400 or 42.0. */
export const withText = (claim: string, text: string) =>
  signedToken(JSON.stringify({ ...CLAIMS, [claim]: '@' }).replace('"@"', text));

export const without = (claim: string) => withClaims({ [claim]: undefined });
