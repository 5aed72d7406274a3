import { type KeyObject, verify } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '#application/ports/system/clock';
import type { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { TokenRejected, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { type Actor, roleFrom } from '#domain/actor';
import { readAccessToken } from './access-token-claims.ts';
import { JwksKeys } from './jwks-keys.ts';
import type { TokenAlgorithm, TokenSettings } from './token-verifier-settings.ts';
import { publicKey, sharedSecrets, type VerificationKeys } from './verification-keys.ts';
import { type CompactJws, parseCompactJws, refused } from './compact-jws.ts';

/**
 * What the issuer signed, whatever it says: the claims are looked at elsewhere.
 * @throws TokenRejected token_invalid
 * @throws TokenKeysUnavailable
 */
export async function signedPayload(token: string, algorithm: TokenAlgorithm, keys: VerificationKeys): Promise<Buffer> {
  const jws = parseCompactJws(token, algorithm);
  const candidates = await keys.for(jws.header);
  if (!candidates.some((key) => isSignedWith(key, jws, algorithm)))
    throw refused('is not one that the token issuer signed');
  return jws.payload;
}

function isSignedWith(key: KeyObject, { text, signed, signature }: CompactJws, algorithm: TokenAlgorithm): boolean {
  // RFC 8037; jsonwebtoken does not know it.
  if (algorithm === 'EdDSA') return verify(null, Buffer.from(signed), key, signature);
  // The trace of an error that nobody reads costs as much as the rest, and a flood of bad signatures has many.
  const { stackTraceLimit } = Error;
  let genuine = false;
  Error.stackTraceLimit = 0;
  try {
    // It would know nothing of iat, and compare fractions of a second in another way than PyJWT does.
    jwt.verify(text, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    genuine = true;
  } catch {
    // Besides its own errors it lets a SyntaxError or TypeError through for some payloads and signatures.
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return genuine;
}

/**
 * Accepts the access tokens of a Django backend with djangorestframework-simplejwt: of what its
 * JWTStatelessUserAuthentication accepts, all that simplejwt writes, and nothing that could be read in two ways. The table of
 * docs/decisions/0020-a-token-has-one-meaning.md has every difference.
 */
export class SimpleJwtTokenVerifier implements TokenVerifier {
  private readonly settings: TokenSettings;
  private readonly keys: VerificationKeys;
  private readonly clock: Clock;
  private readonly revocations: Pick<TokenRevocations, 'validAfter'>;

  constructor(settings: TokenSettings, clock: Clock, revocations: Pick<TokenRevocations, 'validAfter'>) {
    this.settings = settings;
    this.keys = keysOf(settings);
    this.clock = clock;
    this.revocations = revocations;
  }

  async verify(token: string): Promise<Actor> {
    const payload = await signedPayload(token, this.settings.algorithm, this.keys);
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const { userId, role, issuedAt } = readAccessToken(payload, this.settings, now);
    this.refuseRevoked(userId, issuedAt);
    return { id: userId, role: roleFrom(role) };
  }

  keyFingerprints(): readonly string[] {
    return this.keys.fingerprints();
  }

  /**
   * Up to simplejwt 5.5.0 a new access token has the iat of its refresh token: then more is refused, never less. iat has whole
   * seconds: of those in which tokens were revoked, all are refused, and so is what does not say when it was issued.
   */
  private refuseRevoked(userId: string, issuedAt: number | undefined): void {
    const validAfter = this.revocations.validAfter(userId);
    if (validAfter && (issuedAt === undefined || issuedAt * 1000 < validAfter.getTime()))
      throw new TokenRejected('token_revoked', 'The token was revoked and its user must log in again.');
  }
}

function keysOf({ algorithm, keys }: TokenSettings): VerificationKeys {
  if ('secret' in keys) return sharedSecrets(keys.secret, keys.previousSecret);
  if ('publicKey' in keys) return publicKey(keys.publicKey);
  return new JwksKeys(keys.jwksUrl, algorithm);
}
