import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { signDjangoToken } from './django-token.ts';

/** The user of the printed request: always the same, so that a developer finds earlier opportunities again. */
const DEVELOPER = { userId: '00000000-0000-4000-8000-000000000001', email: 'developer@example.com' };

/**
 * Reads the secret from a file, or makes one when the file is missing.
 * @returns 64 hexadecimal digits. Only the file's owner may read them.
 */
export function secretIn(file: string): string {
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const secret = randomBytes(32).toString('hex');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/**
 * Makes a value for the Authorization header that a service with this environment accepts.
 * @returns undefined when only Django can sign tokens, because the service has a public key and no secret.
 */
export function developerAuthorization(env: NodeJS.ProcessEnv): string | undefined {
  const file = env['JWT_SECRET_FILE'];
  const secret = env['JWT_SECRET'] || (file && readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  if (!secret || (env['JWT_ALGORITHM'] || 'HS256') !== 'HS256') return undefined;
  const token = signDjangoToken({
    secret,
    ...DEVELOPER,
    token_type: env['JWT_TOKEN_TYPES']?.split(',')[0]?.trim() || 'access',
    lifetimeSeconds: Math.min(86_400, Number(env['JWT_MAX_LIFETIME_SECONDS'] || 86_400)),
    iss: env['JWT_ISSUER'] || undefined,
    aud: env['JWT_AUDIENCE'] || undefined,
    [env['JWT_USER_ID_CLAIM'] || 'user_id']: DEVELOPER.userId,
  });
  return `${env['JWT_HEADER_TYPES']?.split(',')[0]?.trim() || 'Bearer'} ${token}`;
}
