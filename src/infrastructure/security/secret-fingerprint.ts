import { createHmac } from 'node:crypto';

/**
 * A name for a secret that may be printed: the first 8 hexadecimal digits of HMAC-SHA256(secret, "fingerprint"). In Django:
 * `hmac.new(settings.SIMPLE_JWT["SIGNING_KEY"].encode(), b"fingerprint", "sha256").hexdigest()[:8]`.
 */
export function secretFingerprint(secret: string): string {
  return createHmac('sha256', secret).update('fingerprint').digest('hex').slice(0, 8);
}
