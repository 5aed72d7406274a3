import type { Next, ParameterizedContext } from 'koa';
import type { TokenVerifier } from '#application/ports/token-verifier';
import type { Actor } from '#domain/actor';
import { HttpProblem } from './problem.ts';

export type Authenticated = { actor: Actor };

/** Lets only requests with a valid token through, before anything of their body is read. */
export function authenticate(verifier: TokenVerifier) {
  return async (ctx: ParameterizedContext<Authenticated>, next: Next) => {
    ctx.state.actor = await verifier.verify(bearerToken(ctx.req.headersDistinct['authorization'] ?? []));
    await next();
  };
}

/**
 * RFC 6750 §2.1. The scheme is read without regard to case (RFC 9110 §11.1), where simplejwt wants exactly "Bearer".
 * As in simplejwt, another scheme counts as no credentials.
 */
function bearerToken(headers: readonly string[]): string {
  if (headers.length > 1) throw new HttpProblem('bad_request', 'There is more than one Authorization header.');
  const parts = (headers[0] ?? '').trim().split(/[ \t]+/);
  if (parts[0]?.toLowerCase() !== 'bearer')
    throw new HttpProblem('token_missing', 'Send an Authorization header: Bearer <access token>.');
  const [, token] = parts;
  if (!token || parts.length > 2)
    throw new HttpProblem('authorization_malformed', 'The Authorization header must be: Bearer <access token>.');
  return token;
}
