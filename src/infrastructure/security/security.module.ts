import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/system/clock';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { SimpleJwtTokenVerifier } from './simple-jwt-token-verifier.ts';
import type { TokenVerifierSettings } from './token-verifier-settings.ts';

/** Verifies the tokens of the Django backend. */
export function security(settings: TokenVerifierSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TokenVerifier).toResolvedValue((clock: Clock) => new SimpleJwtTokenVerifier(settings, clock), [Clock]);
  });
}
