import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { isUserId } from '#domain/actor';
import { parsedPart, refused } from './compact-jws.ts';
import { type JsonObject, writtenNumber } from './strict-json.ts';
import type { ClaimSettings } from './token-verifier-settings.ts';

/** The claims of an access token of Django that the service uses. */
export type AccessToken = {
  readonly userId: string;
  /** The role claim as the token holds it, unchecked. simplejwt itself writes no such claim. */
  readonly role: unknown;
  /**
   * Seconds since 1970. simplejwt before 5.0 writes no iat, and up to 5.5.0 a refreshed token has the iat of its login: a
   * revocation then refuses more tokens than it must, and never fewer.
   */
  readonly issuedAt: number | undefined;
};

/**
 * Checks the claims in the order of PyJWT (iat, nbf, exp, iss, aud, sub, jti) and then of simplejwt's Token.verify (exp, jti,
 * token_type), so that Django and the service report the same defect of a token with several.
 * @param payload the signed bytes
 * @param now whole seconds since 1970
 * @throws TokenRejected
 */
export function readAccessToken(payload: Buffer, settings: ClaimSettings, now: number): AccessToken {
  const claims = parsedPart('payload', payload);
  const issuedAt = checkTimes(claims, settings.leewaySeconds, now);
  checkIssuerAndAudience(claims, settings);
  checkKind(claims, settings);
  checkLifetime(claims, settings, now);
  return { userId: userIdIn(claims, settings.userIdClaim, payload), role: claims['role'], issuedAt };
}

/** @returns the iat claim */
function checkTimes(claims: JsonObject, leeway: number, now: number): number | undefined {
  const issuedAt = seconds(claims, 'iat');
  if ((issuedAt ?? -Infinity) > now + leeway)
    throw new TokenRejected('token_not_yet_valid', 'The token was issued in the future: the clocks differ.');
  if ((seconds(claims, 'nbf') ?? -Infinity) > now + leeway)
    throw new TokenRejected('token_not_yet_valid', 'The token is not valid yet.');
  // A token is expired "on or after" exp (RFC 7519 §4.1.4).
  if ((seconds(claims, 'exp') ?? Infinity) <= now - leeway)
    throw new TokenRejected('token_expired', 'The token has expired.');
  return issuedAt;
}

function checkIssuerAndAudience({ iss, aud }: JsonObject, { issuer, audience }: ClaimSettings): void {
  if (issuer !== undefined && iss !== issuer) throw refused('has an unexpected issuer');
  if (audience === undefined) return;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((each) => typeof each === 'string') || !audiences.includes(audience))
    throw refused('is meant for another audience');
}

function checkKind({ sub, exp, jti, token_type: type }: JsonObject, { userIdClaim, tokenTypes }: ClaimSettings): void {
  // PyJWT refuses other types since 2.10. Where sub is the user id, older tokens hold an integer in it.
  if (sub !== undefined && typeof sub !== 'string' && userIdClaim !== 'sub')
    throw refused('has a sub that is not text');
  if (jti !== undefined && typeof jti !== 'string') throw refused('has a jti that is not text');
  if (exp === undefined) throw refused('has no exp and would never expire');
  if (!jti) throw refused('has no jti');
  if (typeof type !== 'string') throw refused('does not say its type');
  if (!tokenTypes.includes(type)) throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
}

/** Checks the time that is left, not the age: up to simplejwt 5.5.0 a new access token has the iat of its refresh token. */
function checkLifetime(claims: JsonObject, { maxLifetimeSeconds, leewaySeconds }: ClaimSettings, now: number): void {
  const left = (seconds(claims, 'exp') ?? Infinity) - now;
  if (left > maxLifetimeSeconds + leewaySeconds) throw refused('is valid for longer than this service allows');
}

/** Returns the whole seconds of a NumericDate. PyJWT cuts fractions off as well. */
function seconds(claims: JsonObject, name: 'iat' | 'nbf' | 'exp'): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw refused(`has an ${name} that is not a number`);
  return Math.trunc(value);
}

/** Matches integers as JSON may write them, 42.0 included. */
const INTEGER = /^-?\d+(?:\.0+)?$/;

/** Up to simplejwt 5.5.0 the user id can be an integer, and later it is text. 42 and "42" are the same user. */
function userIdIn(claims: JsonObject, claim: string, payload: Buffer): string {
  const value = claims[claim];
  if (typeof value === 'string' && isUserId(value)) return value;
  if (Number.isSafeInteger(value) && INTEGER.test(String(writtenNumber(payload, claim)))) return String(value);
  throw refused('has no valid user id');
}
