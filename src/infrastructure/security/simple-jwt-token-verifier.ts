import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Clock } from '#application/ports/clock';
import { TokenRejected, type TokenVerifier } from '#application/ports/token-verifier';
import { type Actor, roleFrom } from '#domain/actor';
import { secretFingerprint } from './secret-fingerprint.ts';

export type TokenSettings = {
  /** simplejwt's SIGNING_KEY: the HMAC key is its UTF-8 bytes. */
  readonly secret: string;
};

/** What simplejwt puts into every access token (rest_framework_simplejwt.tokens.Token.verify), and the guide's role. */
const Claims = z.object({
  token_type: z.string(),
  exp: z.number(),
  jti: z.string().min(1),
  // Up to simplejwt 5.5.0 an integer key stays an integer; z.int() refuses those that JavaScript would round.
  user_id: z.union([z.string().regex(/^[^\p{C}]{1,128}$/u), z.int()]).transform(String),
  role: z.unknown().optional(),
});

/** Accepts the access tokens of a Django backend with djangorestframework-simplejwt, HS256 and a shared secret. */
export class SimpleJwtTokenVerifier implements TokenVerifier {
  // jsonwebtoken tries a string as a public key first, at 24 times the cost of a key object.
  private readonly key: KeyObject;
  private readonly fingerprints: readonly string[];
  private readonly clock: Clock;

  constructor({ secret }: TokenSettings, clock: Clock) {
    this.key = createSecretKey(Buffer.from(secret, 'utf8'));
    this.fingerprints = [secretFingerprint(secret)];
    this.clock = clock;
  }

  async verify(token: string): Promise<Actor> {
    const claims = Claims.safeParse(this.signedPayload(token));
    if (!claims.success) throw new TokenRejected('token_invalid', 'The token lacks a claim that an access token has.');
    if (claims.data.token_type !== 'access')
      throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
    return { id: claims.data.user_id, role: roleFrom(claims.data.role) };
  }

  keyFingerprints(): readonly string[] {
    return this.fingerprints;
  }

  private signedPayload(token: string): unknown {
    try {
      const clockTimestamp = Math.floor(this.clock.now().getTime() / 1000);
      return jwt.verify(token, this.key, { algorithms: ['HS256'], clockTimestamp });
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) throw new TokenRejected('token_expired', 'The token has expired.');
      // Besides its own errors jsonwebtoken lets a SyntaxError or TypeError through for some malformed payloads.
      throw new TokenRejected('token_invalid', 'The token is not one that the token issuer signed.');
    }
  }
}
