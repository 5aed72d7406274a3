import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** One day: `ACCESS_TOKEN_LIFETIME` in the integration guide. */
const GUIDE_LIFETIME_SECONDS = 86_400;

/**
 * What a token is made of. Any further property becomes a claim as it stands and wins over what is here, so that
 * a test can make a token that Django would not; a claim that is `undefined` is left out.
 */
export type DjangoTokenOptions = {
  /** Django's `SIGNING_KEY`. */
  readonly secret: string;
  /** The `user_id` claim. */
  readonly userId: string;
  readonly email?: string | undefined;
  readonly role?: string | undefined;
  /** Seconds from `now` until the token expires; below zero for one that has expired. */
  readonly lifetimeSeconds?: number;
  readonly now?: Date;
  readonly jti?: string;
  readonly [claim: string]: unknown;
};

/**
 * Signs an access token in exactly the form in which Django issues it: djangorestframework-simplejwt with the
 * integration guide's settings and serializer. For development and tests.
 * @returns the compact token: HS256, header `{"alg":"HS256","typ":"JWT"}`.
 */
export function signDjangoToken(options: DjangoTokenOptions): string {
  const {
    secret,
    userId,
    lifetimeSeconds = GUIDE_LIFETIME_SECONDS,
    now = new Date(),
    // simplejwt: uuid4().hex
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
  // As text: jsonwebtoken would check and complete the claims of an object, and a test may want them wrong.
  return jwt.sign(JSON.stringify(claims), secret, { algorithm: 'HS256', header: { alg: 'HS256', typ: 'JWT' } });
}
