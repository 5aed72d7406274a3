import type { DefaultState, Middleware, Next, ParameterizedContext } from 'koa';
import type { Authenticate } from '#application/tokens/authenticate';
import type { Actor } from '#domain/actor';
import { HttpProblem } from '../problems/problem-details.ts';

/** The words that may stand before a token in the Authorization header. A challenge names the first, as in simplejwt. */
export type Schemes = readonly [string, ...string[]];

/**
 * Returns the value of a WWW-Authenticate header. A request without credentials learns no error code (RFC 6750 §3.1).
 * @param description explains the error, in characters that need no escaping inside quotes
 */
export function challenge([scheme]: Schemes, error?: 'invalid_request' | 'invalid_token', description = ''): string {
  const realm = `${scheme} realm="opportunities"`;
  return error ? `${realm}, error="${error}", error_description="${description}"` : realm;
}

/**
 * What the guards learn about a request. It has either an actor or a rejection, which is the error that identify() caught.
 * violatedPolicy names the rate limit that the request exceeded.
 */
export type Identified = DefaultState & { actor?: Actor; rejection?: unknown; violatedPolicy?: string };

export type Authenticated = Identified & { actor: Actor };

/**
 * Finds out who sends a request, without reading the body. It refuses no request, because some paths need no token.
 */
export function identify(authenticate: Pick<Authenticate, 'execute'>, schemes: Schemes): Middleware<Identified> {
  const readable = readableToken(schemes);
  return async (ctx, next) => {
    try {
      ctx.state.actor = await authenticate.execute(readable(ctx.req.headersDistinct['authorization'] ?? []));
    } catch (error) {
      ctx.state.rejection = error;
    }
    await next();
  };
}

/** Lets a request pass if its token is valid. @throws the rejection otherwise */
export async function authenticated({ state }: ParameterizedContext<Identified>, next: Next): Promise<void> {
  if (!state.actor) throw state.rejection;
  await next();
}

/**
 * Guards reading. Where reading is public, requests without credentials pass as well. A request with an invalid token does
 * not pass even there: otherwise its app would not learn that it must refresh the token.
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
 * Reads the token from the Authorization header (RFC 6750 §2.1) and from no other place. The case of a scheme does not matter
 * (RFC 9110 §11.1), although simplejwt accepts only the exact spelling. As in simplejwt, an unknown scheme counts as no
 * credentials.
 */
function readableToken(schemes: Schemes): (headers: readonly string[]) => string {
  const known = schemes.map((scheme) => scheme.toLowerCase());
  const form = `${schemes[0]} <access token>`;
  return (headers) => {
    if (headers.length > 1) throw severalTokens(schemes);
    // trim() would also remove a no-break space, which is part of the token or of the scheme.
    const parts = (headers[0] ?? '').split(/[ \t]+/).filter((part) => part !== '');
    if (!known.includes(parts[0]?.toLowerCase() ?? ''))
      throw new HttpProblem('token_missing', `Send an Authorization header: ${form}.`);
    const [, token] = parts;
    if (!token || parts.length > 2)
      throw new HttpProblem('authorization_malformed', `The Authorization header must be: ${form}.`);
    return token;
  };
}

/** RFC 6750 §3.1 asks for a 400: a proxy may have checked one of the headers, and the service would use another. */
function severalTokens(schemes: Schemes): HttpProblem {
  const detail = 'There is more than one Authorization header.';
  return new HttpProblem('bad_request', detail, {
    headers: { 'WWW-Authenticate': challenge(schemes, 'invalid_request', detail) },
  });
}
