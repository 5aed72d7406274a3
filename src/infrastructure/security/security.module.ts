import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/system/clock';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { LocalTokenRevocations, type RevocationSettings } from './local-token-revocations.ts';
import { SimpleJwtTokenVerifier } from './simple-jwt-token-verifier.ts';
import type { TokenSettings } from './token-verifier-settings.ts';

/** Trust in the tokens of the Django backend, while nobody has revoked them. */
export function security(settings: TokenSettings, revocations: RevocationSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TokenRevocations).toResolvedValue(
      (register: RevocationStore, clock: Clock) => new LocalTokenRevocations(register, clock, revocations),
      [RevocationStore, Clock],
    );
    bind(TokenVerifier).toResolvedValue(
      (clock: Clock, revoked: TokenRevocations) => new SimpleJwtTokenVerifier(settings, clock, revoked),
      [Clock, TokenRevocations],
    );
  });
}
