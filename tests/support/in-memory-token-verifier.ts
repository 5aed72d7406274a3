import { ContainerModule } from 'inversify';
import type { Clock } from '#application/ports/system/clock';
import { TokenRejected, TokenVerifier } from '#application/ports/tokens/token-verifier';
import { type Actor, roleFrom } from '#domain/actor';

type Issued = { actor: Actor; type: string; expiresAt: number };

/** An issuer and its verifier in one: a token is a name that it remembers. */
export class InMemoryTokenVerifier implements TokenVerifier {
  private readonly issued = new Map<string, Issued>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  issue(userId: string, { role = '', type = 'access', lifetimeSeconds = 3600 } = {}): string {
    const token = `token-${this.issued.size + 1}`;
    const expiresAt = this.clock.now().getTime() + lifetimeSeconds * 1000;
    this.issued.set(token, { actor: { id: userId, role: roleFrom(role) }, type, expiresAt });
    return token;
  }

  async verify(token: string): Promise<Actor> {
    const issued = this.issued.get(token);
    if (!issued) throw new TokenRejected('token_invalid', 'The token is not one that was issued.');
    if (issued.expiresAt <= this.clock.now().getTime())
      throw new TokenRejected('token_expired', 'The token has expired.');
    if (issued.type !== 'access') throw new TokenRejected('token_wrong_type', 'The token is not an access token.');
    return issued.actor;
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
