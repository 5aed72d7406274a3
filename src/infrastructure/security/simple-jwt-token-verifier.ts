import { type KeyObject, verify } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '#application/ports/system/clock';
import type { TokenVerifier, VerifiedToken } from '#application/ports/tokens/token-verifier';
import { roleFrom } from '#domain/actor';
import { readAccessToken } from './access-token-claims.ts';
import { JwksKeys } from './jwks-keys.ts';
import type { TokenAlgorithm, TokenVerifierSettings } from './token-verifier-settings.ts';
import { publicKey, sharedSecrets, type VerificationKeys } from './verification-keys.ts';
import { type CompactJws, parseCompactJws, refused } from './compact-jws.ts';

/**
 * Returns the payload of a token whose signature is valid. Its claims are not checked yet.
 * @throws TokenRejected token_invalid
 * @throws TokenKeysUnavailable
 */
export async function signedPayload(token: string, algorithm: TokenAlgorithm, keys: VerificationKeys): Promise<Buffer> {
  const jws = parseCompactJws(token, algorithm);
  const candidates = await keys.for(jws.header);
  if (!candidates.some((key) => isSignedWith(key, jws, algorithm)))
    throw refused('has a signature that does not match: either the keys differ or the token was altered');
  return jws.payload;
}

function isSignedWith(key: KeyObject, { text, signed, signature }: CompactJws, algorithm: TokenAlgorithm): boolean {
  // jsonwebtoken does not support EdDSA (RFC 8037).
  if (algorithm === 'EdDSA') return verify(null, Buffer.from(signed), key, signature);
  // Nobody reads the stack of this error, and recording it would double the cost of each token in a flood of forged ones.
  const { stackTraceLimit } = Error;
  let genuine = false;
  Error.stackTraceLimit = 0;
  try {
    // readAccessToken() checks the times: jsonwebtoken ignores iat, and treats fractions of a second unlike PyJWT.
    jwt.verify(text, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    genuine = true;
  } catch {
    // For some payloads and signatures jsonwebtoken throws a SyntaxError or TypeError, so every error means a refusal.
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return genuine;
}

/**
 * Accepts the access tokens of a Django backend with djangorestframework-simplejwt. JWTStatelessUserAuthentication accepts a
 * little more: tokens that simplejwt itself never writes, or that two parsers could read differently. The table
 * of docs/decisions/0020-a-token-has-one-meaning.md lists every difference.
 */
export class SimpleJwtTokenVerifier implements TokenVerifier {
  private readonly settings: TokenVerifierSettings;
  private readonly keys: VerificationKeys;
  private readonly clock: Clock;

  constructor(settings: TokenVerifierSettings, clock: Clock) {
    this.settings = settings;
    this.keys = keysOf(settings);
    this.clock = clock;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const payload = await signedPayload(token, this.settings.algorithm, this.keys);
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const { userId, role, issuedAt } = readAccessToken(payload, this.settings, now);
    return { actor: { id: userId, role: roleFrom(role) }, issuedAt };
  }

  keyFingerprints(): readonly string[] {
    return this.keys.fingerprints();
  }
}

function keysOf({ algorithm, keys }: TokenVerifierSettings): VerificationKeys {
  if ('secret' in keys) return sharedSecrets(keys.secret, keys.previousSecret);
  if ('publicKey' in keys) return publicKey(keys.publicKey);
  return new JwksKeys(keys.jwksUrl, algorithm);
}
