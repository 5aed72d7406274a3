import type { DefaultState, Middleware, Next, ParameterizedContext } from 'koa';
import type { TokenVerifier } from '#application/ports/token-verifier';
import type { Actor } from '#domain/actor';
import { HttpProblem } from './problem.ts';

/** Of every request: who asks, or why nobody knows; and the rate limit that it exceeded, if it did. */
export type Identified = DefaultState & { actor?: Actor; rejection?: unknown; violatedPolicy?: string };

export type Authenticated = Identified & { actor: Actor };

/** Finds out who asks, and refuses nobody: some paths need no token. Reads nothing of the body. */
export function identify(verifier: TokenVerifier): Middleware<Identified> {
  return async (ctx, next) => {
    try {
      ctx.state.actor = await verifier.verify(bearerToken(ctx.req.headersDistinct['authorization'] ?? []));
    } catch (error) {
      ctx.state.rejection = error;
    }
    await next();
  };
}

/** Lets only requests with a valid token through. @throws what was wrong with the others */
export async function authenticated({ state }: ParameterizedContext<Identified>, next: Next): Promise<void> {
  if (!state.actor) throw state.rejection;
  await next();
}

/**
 * For reading. Where that is public, requests without credentials pass, too; those with a token that is not valid do not,
 * or an app would not learn that it must refresh it.
 */
export function mayRead(publicRead: boolean): Middleware<Identified> {
  if (!publicRead) return authenticated;
  return async (ctx, next) => {
    const { actor, rejection } = ctx.state;
    const withoutCredentials = rejection instanceof HttpProblem && rejection.code === 'token_missing';
    if (!actor && !withoutCredentials) throw rejection;
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
