import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/clock';
import { TokenVerifier } from '#application/ports/token-verifier';
import { SimpleJwtTokenVerifier } from './simple-jwt-token-verifier.ts';
import type { TokenSettings } from './token-settings.ts';

/** Trust in the tokens of the Django backend. */
export function security(settings: TokenSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TokenVerifier).toResolvedValue((clock: Clock) => new SimpleJwtTokenVerifier(settings, clock), [Clock]);
  });
}
