import type { Clock } from '#application/ports/system/clock';
import {
  TokenKeysUnavailable,
  TokenRejected,
  type TokenVerifier,
  type VerifiedToken,
} from '#application/ports/tokens/token-verifier';
import { isUserId, roleFrom } from '#domain/actor';

export type IntrospectionSettings = {
  /** The introspection endpoint of the token issuer. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Milliseconds to wait for the issuer's response. Default: 2000. */
  readonly timeoutMs?: number | undefined;
};

/** The members of the response that this verifier reads (RFC 7662 §2.2). `role` and `token_use` are extensions. */
type Introspection = {
  readonly active?: unknown;
  readonly sub?: unknown;
  readonly role?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
  readonly iat?: unknown;
  readonly token_use?: unknown;
};

const TIMEOUT_MS = 2000;

/**
 * Verifies opaque tokens by asking their issuer about each of them (RFC 7662). So a token that the issuer has revoked is
 * refused at once, and every request waits for the issuer.
 */
export class IntrospectionTokenVerifier implements TokenVerifier {
  private readonly settings: IntrospectionSettings;
  private readonly clock: Clock;

  constructor(settings: IntrospectionSettings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const { active, sub, role, exp, nbf, iat, token_use: use } = await this.introspect(token);
    // An expired token is inactive as well, and so is one that is not valid yet. An app refreshes an expired token, and ends
    // its session for an invalid one, so they must be told apart. That needs exp and nbf in the response for inactive
    // tokens.
    const now = this.clock.now().getTime() / 1000;
    if (typeof exp === 'number' && exp <= now) throw new TokenRejected('token_expired', 'The token has expired.');
    if (typeof nbf === 'number' && nbf > now)
      throw new TokenRejected('token_not_yet_valid', 'The token is not valid yet.');
    if (active !== true) throw new TokenRejected('token_invalid', 'The token issuer does not know the token.');
    if (use !== 'access_token') throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
    if (typeof sub !== 'string' || !isUserId(sub))
      throw new TokenRejected('token_invalid', 'The token does not name its user.');
    return { actor: { id: sub, role: roleFrom(role) }, issuedAt: typeof iat === 'number' ? iat : undefined };
  }

  /** The issuer keeps its keys to itself, so the name of its server stands for them. */
  keyFingerprints(): readonly string[] {
    return [`introspection by ${new URL(this.settings.url).host}`];
  }

  private async introspect(token: string): Promise<Introspection> {
    const { url, clientId, clientSecret, timeoutMs = TIMEOUT_MS } = this.settings;
    const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, Accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = (await response.json()) as Introspection | null;
      // With wrong credentials the issuer responds with 401, which says nothing about the token.
      if (!response.ok || typeof body !== 'object' || body === null) throw new Error(`status ${response.status}`);
      return body;
    } catch (error) {
      throw new TokenKeysUnavailable('The token issuer cannot be asked about the token at the moment.', {
        cause: error,
      });
    }
  }
}
