import { ContainerModule } from 'inversify';
import type { Clock } from '#application/ports/system/clock';
import { TokenRejected, TokenVerifier, type VerifiedToken } from '#application/ports/tokens/token-verifier';
import { roleFrom } from '#domain/actor';

type Issued = VerifiedToken & { type: string; startsAt: number; expiresAt: number };

/** Issues and verifies tokens. A token is a name under which this class remembers what it issued. */
export class InMemoryTokenVerifier implements TokenVerifier {
  private readonly issued = new Map<string, Issued>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  issue(
    userId: string,
    { role = '', type = 'access', lifetimeSeconds = 3600, startsInSeconds = 0, isDated = true } = {},
  ): string {
    const token = `token-${this.issued.size + 1}`;
    const now = this.clock.now().getTime();
    this.issued.set(token, {
      actor: { id: userId, role: roleFrom(role) },
      issuedAt: isDated ? Math.floor(now / 1000) : undefined,
      type,
      startsAt: now + startsInSeconds * 1000,
      expiresAt: now + lifetimeSeconds * 1000,
    });
    return token;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const issued = this.issued.get(token);
    if (!issued) throw new TokenRejected('token_invalid', 'The token is not one that was issued.');
    if (issued.startsAt > this.clock.now().getTime())
      throw new TokenRejected('token_not_yet_valid', 'The token is not valid yet.');
    if (issued.expiresAt <= this.clock.now().getTime())
      throw new TokenRejected('token_expired', 'The token has expired.');
    if (issued.type !== 'access') throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
    return { actor: { ...issued.actor }, issuedAt: issued.issuedAt };
  }

  keyFingerprints(): readonly string[] {
    return ['in-memory'];
  }
}

export function inMemoryTokens(verifier: InMemoryTokenVerifier): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(TokenVerifier).toConstantValue(verifier);
  });
}
