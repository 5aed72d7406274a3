import type { Middleware, ParameterizedContext } from 'koa';
import type { RateLimiter, RateLimitPolicy } from '#application/ports/operations/rate-limiter';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { Identified } from '../authentication/bearer-token.ts';
import { clientNetwork } from '../requests/client-network.ts';
import { HttpProblem } from '../problems/problem-details.ts';

export type RateLimits = {
  readonly readsPerMinute: number;
  readonly writesPerMinute: number;
  readonly anonymousPerMinute: number;
  /** Invalid tokens that one network may send before it is stopped: invalid-token-limit.ts. */
  readonly authFailuresPerMinute: number;
};

/** Every limit is for one minute. */
export const WINDOW_SECONDS = 60;

type Limited = ParameterizedContext<Identified>;

/** Methods that change nothing (RFC 9110 §9.2.1). */
const READING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses too many requests of one user or one network, before any part of the body is read. Requests with a valid token
 * count for the user, from every address. Requests without one count for the network, under a limit of their own, so that
 * they do not use up the limits of users behind the same address.
 *
 * The response to every counted request says how many requests remain (draft-ietf-httpapi-ratelimit-headers).
 */
export function limitRequests(
  limiter: RateLimiter,
  limits: RateLimits,
  trustedProxies: number,
): Middleware<Identified> {
  const perMinute = (name: string, limit: number): RateLimitPolicy => ({ name, limit, windowSeconds: WINDOW_SECONDS });
  const reads = perMinute('reads', limits.readsPerMinute);
  const writes = perMinute('writes', limits.writesPerMinute);
  const anonymous = perMinute('anonymous', limits.anonymousPerMinute);

  return async (ctx, next) => {
    const { actor } = ctx.state;
    const policy = actor ? (READING.includes(ctx.method) ? reads : writes) : anonymous;
    const key = actor ? actor.id : clientNetwork(ctx.req, trustedProxies);
    const { allowed, remaining, secondsLeft } = await limiter.take(policy, key);
    setLimitHeaders(ctx, policy, remaining, secondsLeft);
    if (!allowed) {
      // An app refreshes its token only when it learns that the token has expired. Behind a shared address tokens expire all
      // the time, and a 429 in this place would cost the service as much.
      const { rejection } = ctx.state;
      if (rejection instanceof TokenRejected && rejection.code === 'token_expired') throw rejection;
      throw limitExceeded(ctx, policy, secondsLeft);
    }
    await next();
  };
}

/** Sets the headers of draft-ietf-httpapi-ratelimit-headers. */
function setLimitHeaders(ctx: Limited, policy: RateLimitPolicy, remaining: number, secondsLeft: number): void {
  const { name, limit, windowSeconds } = policy;
  ctx.set('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`);
  ctx.set('RateLimit', `"${name}";r=${remaining};t=${secondsLeft}`);
}

/** Sets the limit's headers, notes the limit for the request's log line, and returns the problem to throw. */
export function limitExceeded(ctx: Limited, policy: RateLimitPolicy, secondsLeft: number): HttpProblem {
  const { name, limit, windowSeconds } = policy;
  setLimitHeaders(ctx, policy, 0, secondsLeft);
  ctx.state.violatedPolicy = name;
  const detail = `The limit "${name}" allows ${limit} requests in ${windowSeconds} seconds. Try again in ${secondsLeft} seconds.`;
  return new HttpProblem('rate_limited', detail, {
    headers: { 'Retry-After': String(secondsLeft) },
    'violated-policies': [name],
  });
}
