import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/clock';
import { TokenVerifier } from '#application/ports/token-verifier';
import { SimpleJwtTokenVerifier, type TokenSettings } from './simple-jwt-token-verifier.ts';

/** Trust in the tokens of the Django backend. */
export function security(settings: TokenSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TokenVerifier).toResolvedValue((clock: Clock) => new SimpleJwtTokenVerifier(settings, clock), [Clock]);
  });
}
