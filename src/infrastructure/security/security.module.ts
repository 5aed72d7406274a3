import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/clock';
import { RevocationRegister } from '#application/ports/revocation-register';
import { TokenRevocations } from '#application/ports/token-revocations';
import { TokenVerifier } from '#application/ports/token-verifier';
import { LocalTokenRevocations, type RevocationSettings } from './local-token-revocations.ts';
import { SimpleJwtTokenVerifier } from './simple-jwt-token-verifier.ts';
import type { TokenSettings } from './token-settings.ts';

/** Trust in the tokens of the Django backend, while nobody has revoked them. */
export function security(settings: TokenSettings, revocations: RevocationSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TokenRevocations).toResolvedValue(
      (register: RevocationRegister, clock: Clock) => new LocalTokenRevocations(register, clock, revocations),
      [RevocationRegister, Clock],
    );
    bind(TokenVerifier).toResolvedValue(
      (clock: Clock, revoked: TokenRevocations) => new SimpleJwtTokenVerifier(settings, clock, revoked),
      [Clock, TokenRevocations],
    );
  });
}
