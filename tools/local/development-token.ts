import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { signDjangoToken } from './django-token.ts';

/** Who the printed request comes from; always the same, so that it finds its own opportunities again. */
const DEVELOPER = { userId: '00000000-0000-4000-8000-000000000001', email: 'developer@example.com' };

/** The secret kept in a file: 64 hexadecimal digits, made when missing, readable by its owner only. */
export function secretIn(file: string): string {
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const secret = randomBytes(32).toString('hex');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/**
 * A value for the Authorization header that the service accepts, given its environment.
 * @returns undefined when only Django can sign: the service has no secret, but a public key.
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
