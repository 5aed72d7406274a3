import { type KeyObject, verify } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { type CompactJws, parseCompactJws, refused } from './compact-jws.ts';
import type { TokenAlgorithm } from './token-settings.ts';
import type { VerificationKeys } from './verification-keys.ts';

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
