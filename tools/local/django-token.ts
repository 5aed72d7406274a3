import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** One day, which is `ACCESS_TOKEN_LIFETIME` in the integration guide. */
const GUIDE_LIFETIME_SECONDS = 86_400;

/**
 * The contents of a token. Any further property becomes a claim and overrides the claim of the same name, so that a
 * test can make a token that Django would not issue. A claim that is `undefined` is left out.
 */
export type DjangoTokenOptions = {
  /** Django's `SIGNING_KEY`. */
  readonly secret: string;
  /** The `user_id` claim. */
  readonly userId: string;
  readonly email?: string | undefined;
  readonly role?: string | undefined;
  /** Seconds from `now` until the token expires. A negative number makes an expired token. */
  readonly lifetimeSeconds?: number;
  readonly now?: Date;
  readonly jti?: string;
  readonly [claim: string]: unknown;
};

/**
 * Signs an access token exactly as Django does with djangorestframework-simplejwt and the integration guide's settings
 * and serializer. Development and tests use it.
 * @returns the compact token: HS256, header `{"alg":"HS256","typ":"JWT"}`.
 */
export function signDjangoToken(options: DjangoTokenOptions): string {
  const {
    secret,
    userId,
    lifetimeSeconds = GUIDE_LIFETIME_SECONDS,
    now = new Date(),
    // simplejwt makes this claim with uuid4().hex.
    jti = randomUUID().replaceAll('-', ''),
    ...overrides
  } = options;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims: Record<string, unknown> = {
    token_type: 'access',
    exp: issuedAt + lifetimeSeconds,
    iat: issuedAt,
    jti,
    user_id: userId,
    email: 'user@example.com',
    role: 'user',
    ...overrides,
  };
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined) Reflect.deleteProperty(claims, name);
  }
  // The claims are passed as text, because jsonwebtoken checks and completes the claims of an object, and a test may need wrong ones.
  return jwt.sign(JSON.stringify(claims), secret, { algorithm: 'HS256', header: { alg: 'HS256', typ: 'JWT' } });
}
