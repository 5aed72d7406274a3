import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { isUserId } from '#domain/actor';
import { parsedPart, refused } from './compact-jws.ts';
import { type JsonObject, writtenNumber } from './strict-json.ts';
import type { ClaimSettings } from './token-verifier-settings.ts';

/** What is believed of an access token of Django. */
export type AccessToken = {
  readonly userId: string;
  /** As it stands: simplejwt itself writes none. */
  readonly role: unknown;
  /** Seconds since 1970. Undefined before simplejwt 5.0; up to 5.5.0 the time of the login, not of the last refresh. */
  readonly issuedAt: number | undefined;
};

/**
 * Checks in the order of PyJWT (iat, nbf, exp, iss, aud, sub, jti) and then of simplejwt's Token.verify (exp, jti, token_type),
 * so that of two things that are wrong both name the same one.
 * @param payload what the issuer signed
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

/** @returns iat */
function checkTimes(claims: JsonObject, leeway: number, now: number): number | undefined {
  const issuedAt = seconds(claims, 'iat');
  if ((issuedAt ?? -Infinity) > now + leeway)
    throw new TokenRejected('token_not_yet_valid', 'The token was issued in the future: the clocks differ.');
  if ((seconds(claims, 'nbf') ?? -Infinity) > now + leeway)
    throw new TokenRejected('token_not_yet_valid', 'The token is not valid yet.');
  // "On or after" is too late (RFC 7519 §4.1.4).
  if ((seconds(claims, 'exp') ?? Infinity) <= now - leeway)
    throw new TokenRejected('token_expired', 'The token has expired.');
  return issuedAt;
}

function checkIssuerAndAudience({ iss, aud }: JsonObject, { issuer, audience }: ClaimSettings): void {
  if (issuer !== undefined && iss !== issuer) throw refused('is not from the issuer that was agreed upon');
  if (audience === undefined) return;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((each) => typeof each === 'string') || !audiences.includes(audience))
    throw refused('is not for the audience that was agreed upon');
}

function checkKind({ sub, exp, jti, token_type: type }: JsonObject, { userIdClaim, tokenTypes }: ClaimSettings): void {
  // PyJWT 2.10 and later; before, sites had their integer ids in it.
  if (sub !== undefined && typeof sub !== 'string' && userIdClaim !== 'sub')
    throw refused('has a subject that is no text');
  if (jti !== undefined && typeof jti !== 'string') throw refused('has an id that is no text');
  if (exp === undefined) throw refused('never expires');
  if (!jti) throw refused('has no id');
  if (typeof type !== 'string') throw refused('does not say of which type it is');
  if (!tokenTypes.includes(type)) throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
}

/** In place of the age, which iat cannot tell: up to simplejwt 5.5.0 a new access token has the iat of its refresh token. */
function checkLifetime(claims: JsonObject, { maxLifetimeSeconds, leewaySeconds }: ClaimSettings, now: number): void {
  const left = (seconds(claims, 'exp') ?? Infinity) - now;
  if (left > maxLifetimeSeconds + leewaySeconds) throw refused('is valid for longer than any access token');
}

/** A NumericDate; fractions are cut off, as PyJWT does. */
function seconds(claims: JsonObject, name: 'iat' | 'nbf' | 'exp'): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw refused(`has an ${name} that is no number`);
  return Math.trunc(value);
}

/** Integers that are exact in JavaScript, and 42.0, which is one in JSON. */
const INTEGER = /^-?\d+(?:\.0+)?$/;

/** Up to simplejwt 5.5.0 the integer key of a user stays an integer, later it is text: 42 and "42" are the same user. */
function userIdIn(claims: JsonObject, claim: string, payload: Buffer): string {
  const value = claims[claim];
  if (typeof value === 'string' && isUserId(value)) return value;
  if (Number.isSafeInteger(value) && INTEGER.test(String(writtenNumber(payload, claim)))) return String(value);
  throw refused('does not say who the user is');
}
