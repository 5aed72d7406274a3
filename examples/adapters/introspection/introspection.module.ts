import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/system/clock';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { type IntrospectionSettings, IntrospectionTokenVerifier } from './introspection-token-verifier.ts';

/** Verifies tokens by introspection. Revocations need no binding: Authenticate looks them up, whichever verifier is bound. */
export function introspection(settings: IntrospectionSettings): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(TokenVerifier).toResolvedValue((clock: Clock) => new IntrospectionTokenVerifier(settings, clock), [Clock]);
  });
}
