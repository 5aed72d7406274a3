import type { Clock } from '#application/ports/clock';
import type { TokenVerifier } from '#application/ports/token-verifier';
import { type Actor, roleFrom } from '#domain/actor';
import { readAccessToken } from './access-token-claims.ts';
import { JwksKeys } from './jwks-keys.ts';
import { signedPayload } from './signed-payload.ts';
import type { TokenSettings } from './token-settings.ts';
import { publicKey, sharedSecrets, type VerificationKeys } from './verification-keys.ts';

/**
 * Accepts the access tokens of a Django backend with djangorestframework-simplejwt: of what its
 * JWTStatelessUserAuthentication accepts, all that simplejwt writes, and nothing that could be read in two ways. The table of
 * docs/adr/0020-a-token-has-one-meaning.md has every difference.
 */
export class SimpleJwtTokenVerifier implements TokenVerifier {
  private readonly settings: TokenSettings;
  private readonly keys: VerificationKeys;
  private readonly clock: Clock;

  constructor(settings: TokenSettings, clock: Clock) {
    this.settings = settings;
    this.keys = keysOf(settings);
    this.clock = clock;
  }

  async verify(token: string): Promise<Actor> {
    const payload = await signedPayload(token, this.settings.algorithm, this.keys);
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const { userId, role } = readAccessToken(payload, this.settings, now);
    return { id: userId, role: roleFrom(role) };
  }

  keyFingerprints(): readonly string[] {
    return this.keys.fingerprints();
  }
}

function keysOf({ algorithm, keys }: TokenSettings): VerificationKeys {
  if ('secret' in keys) return sharedSecrets(keys.secret, keys.previousSecret);
  if ('publicKey' in keys) return publicKey(keys.publicKey);
  return new JwksKeys(keys.jwksUrl, algorithm);
}
