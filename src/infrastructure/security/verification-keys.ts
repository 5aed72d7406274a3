import { createHash, createHmac, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from './strict-json.ts';

/**
 * A name for a secret that may be printed: the first 8 hexadecimal digits of HMAC-SHA256(secret, "fingerprint"). In Django:
 * `hmac.new(settings.SIMPLE_JWT["SIGNING_KEY"].encode(), b"fingerprint", "sha256").hexdigest()[:8]`.
 */
export function secretFingerprint(secret: string): string {
  return createHmac('sha256', secret).update('fingerprint').digest('hex').slice(0, 8);
}

/** Where the keys come from. Always key objects: jsonwebtoken tries a string as a public key first, at many times the cost. */
export type VerificationKeys = {
  /**
   * @returns those that may have signed, the likeliest first
   * @throws TokenRejected when the issuer has no such key
   * @throws TokenKeysUnavailable
   */
  for(header: JsonObject): readonly KeyObject[] | Promise<readonly KeyObject[]>;
  /** Their names, the current one first. */
  fingerprints(): readonly string[];
};

/**
 * simplejwt's SIGNING_KEY for HS256, HS384 and HS512: the UTF-8 bytes of the text.
 * @param previous still accepted after a change of the secret, until the last token that was signed with it has expired
 */
export function sharedSecrets(current: string, previous?: string): VerificationKeys {
  const secrets = previous === undefined ? [current] : [current, previous];
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  const fingerprints = secrets.map(secretFingerprint);
  return { for: () => keys, fingerprints: () => fingerprints };
}

/** simplejwt's VERIFYING_KEY for the other algorithms: a PEM. */
export function publicKey(pem: string): VerificationKeys {
  const key = createPublicKey(pem);
  const fingerprints = [publicKeyFingerprint(key)];
  return { for: () => [key], fingerprints: () => fingerprints };
}

/**
 * The first 8 hexadecimal digits of SHA-256 over the key as DER. With a PEM at hand:
 * `openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
 */
export function publicKeyFingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 8);
}
