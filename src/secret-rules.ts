/** Words of the guide's example secrets, and of others that people forget to replace. */
const PLACEHOLDERS = /change-?(this|me)|your-?super|super-?secret|django-insecure|example|placeholder/i;

/**
 * Why a secret must not be used in production.
 * @param leastBytes as many as the hash has (RFC 7518 §3.2)
 */
export function weaknesses(secret: string, leastBytes: number): string[] {
  const found: string[] = [];
  if (Buffer.byteLength(secret) < leastBytes)
    found.push(`must have at least ${leastBytes} bytes; try: openssl rand -hex 32`);
  if (PLACEHOLDERS.test(secret)) found.push('is a placeholder from a guide; try: openssl rand -hex 32');
  if (new Set(secret).size < 8) found.push('repeats too few characters to be random; try: openssl rand -hex 32');
  if (/['"`]/.test(secret))
    found.push('contains a quote: one of the two services reads it as part of the secret, the other may not');
  if (secret.includes('#')) found.push('contains "#": .env files of Node end there, those of python-decouple do not');
  if (secret !== secret.trim()) found.push('starts or ends with a blank');
  return found;
}
