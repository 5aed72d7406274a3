import type { Middleware } from 'koa';
import type { AuthenticationFailure, Metrics } from '#application/ports/metrics';
import { TokenRejected } from '#application/ports/token-verifier';
import type { Identified } from './authenticate.ts';
import type { AuthenticationLog } from './authentication-log.ts';
import { clientNetwork } from './client-address.ts';
import { HttpProblem } from './problem.ts';

/**
 * Counts and logs each token that was presented and refused, wherever it was sent, and each missing one where one was
 * needed. Nothing of the token is told, and nothing that the client could choose freely.
 */
export function reportAuthentication(
  metrics: Metrics,
  log: AuthenticationLog,
  trustedProxies: number,
): Middleware<Identified> {
  return async (ctx, next) => {
    let thrown: unknown;
    try {
      await next();
    } catch (error) {
      thrown = error;
      throw error;
    } finally {
      const reason = failureOf(ctx.state.rejection, thrown);
      if (reason) {
        metrics.authenticationFailed(reason);
        log.failed(reason, clientNetwork(ctx.req, trustedProxies));
      }
    }
  };
}

function failureOf(rejection: unknown, thrown: unknown): AuthenticationFailure | undefined {
  if (rejection instanceof TokenRejected) return rejection.code;
  if (!(rejection instanceof HttpProblem)) return undefined;
  switch (rejection.code) {
    case 'authorization_malformed':
    case 'bad_request':
    case 'rate_limited':
      return rejection.code;
    case 'token_missing':
      // Most pages need none. Where one is needed, that is what the request ends with.
      return thrown === rejection ? rejection.code : undefined;
    default:
      return undefined;
  }
}
