import { createHash, createHmac, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from './strict-json.ts';

/**
 * Returns a short name for a secret, which may be printed: the first 8 hexadecimal digits of
 * HMAC-SHA256(secret, "fingerprint"). In Django:
 * `hmac.new(settings.SIMPLE_JWT["SIGNING_KEY"].encode(), b"fingerprint", "sha256").hexdigest()[:8]`.
 */
export function secretFingerprint(secret: string): string {
  return createHmac('sha256', secret).update('fingerprint').digest('hex').slice(0, 8);
}

/** The keys that tokens are verified with. They are KeyObjects, because jsonwebtoken is many times slower with text. */
export type VerificationKeys = {
  /**
   * @returns the keys that may have signed a token with this header, the likeliest first
   * @throws TokenRejected when the issuer does not have the key that the header names
   * @throws TokenKeysUnavailable
   */
  for(header: JsonObject): readonly KeyObject[] | Promise<readonly KeyObject[]>;
  /** The names of the keys, the current key first. */
  fingerprints(): readonly string[];
};

/**
 * Uses simplejwt's SIGNING_KEY for HS256, HS384 and HS512: the key is the UTF-8 bytes of the text.
 * @param previous the secret before a change: it is accepted until the last token that it signed has expired
 */
export function sharedSecrets(current: string, previous?: string): VerificationKeys {
  const secrets = previous === undefined ? [current] : [current, previous];
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  const fingerprints = secrets.map(secretFingerprint);
  return { for: () => keys, fingerprints: () => fingerprints };
}

/** Uses simplejwt's VERIFYING_KEY for the other algorithms. */
export function publicKey(pem: string): VerificationKeys {
  const key = createPublicKey(pem);
  const fingerprints = [publicKeyFingerprint(key)];
  return { for: () => [key], fingerprints: () => fingerprints };
}

/**
 * Returns the first 8 hexadecimal digits of SHA-256 over the key in DER format. The same from a PEM file:
 * `openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
 */
export function publicKeyFingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 8);
}
