import type { DefaultState, Middleware, Next, ParameterizedContext } from 'koa';
import type { TokenVerifier } from '#application/ports/tokens/token-verifier';
import type { Actor } from '#domain/actor';
import { HttpProblem } from '../problems/problem-details.ts';

/** Words before a token in the Authorization header; as in simplejwt, the first is the one that a challenge names. */
export type Schemes = readonly [string, ...string[]];

/**
 * A WWW-Authenticate header (RFC 6750 §3): a request without credentials learns no error code.
 * @param error with its description, in words that need no escaping in quotes
 */
export function challenge([scheme]: Schemes, error?: 'invalid_request' | 'invalid_token', description = ''): string {
  const realm = `${scheme} realm="opportunities"`;
  return error ? `${realm}, error="${error}", error_description="${description}"` : realm;
}

/** Of every request: who asks, or why nobody knows; and the rate limit that it exceeded, if it did. */
export type Identified = DefaultState & { actor?: Actor; rejection?: unknown; violatedPolicy?: string };

export type Authenticated = Identified & { actor: Actor };

/**
 * Finds out who asks, and refuses nobody: some paths need no token. Reads nothing of the body.
 * @param schemes that may stand before a token; the first is the one that is recommended
 */
export function identify(verifier: TokenVerifier, schemes: Schemes): Middleware<Identified> {
  const readable = readableToken(schemes);
  return async (ctx, next) => {
    try {
      ctx.state.actor = await verifier.verify(readable(ctx.req.headersDistinct['authorization'] ?? []));
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
 * Reads the one place where a token may be (RFC 6750 §2.1); those in a query or a body are ignored. Schemes are read without
 * regard to case (RFC 9110 §11.1), where simplejwt wants exactly "Bearer". As in simplejwt, another scheme counts as
 * no credentials.
 */
function readableToken(schemes: Schemes): (headers: readonly string[]) => string {
  const known = schemes.map((scheme) => scheme.toLowerCase());
  const form = `${schemes[0]} <access token>`;
  return (headers) => {
    if (headers.length > 1) throw severalTokens(schemes);
    // Not trim(): a no-break space is part of the token, or of the scheme.
    const parts = (headers[0] ?? '').split(/[ \t]+/).filter((part) => part !== '');
    if (!known.includes(parts[0]?.toLowerCase() ?? ''))
      throw new HttpProblem('token_missing', `Send an Authorization header: ${form}.`);
    const [, token] = parts;
    if (!token || parts.length > 2)
      throw new HttpProblem('authorization_malformed', `The Authorization header must be: ${form}.`);
    return token;
  };
}

/** RFC 6750 §3.1: whichever of the two were taken, somebody in between could have taken the other one. */
function severalTokens(schemes: Schemes): HttpProblem {
  const detail = 'There is more than one Authorization header.';
  return new HttpProblem('bad_request', detail, {
    headers: { 'WWW-Authenticate': challenge(schemes, 'invalid_request', detail) },
  });
}
