import type { Middleware, ParameterizedContext } from 'koa';
import type { RateLimiter, RateLimitPolicy } from '#application/ports/system/rate-limiter';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { Identified } from '../authentication/bearer-token.ts';
import { clientNetwork } from '../requests/client-network.ts';
import { HttpProblem } from '../problems/problem-details.ts';

export type RateLimits = {
  readonly readsPerMinute: number;
  readonly writesPerMinute: number;
  readonly anonymousPerMinute: number;
  /** Bad tokens from one network, before any more of them is looked at: token-burst.ts. */
  readonly authFailuresPerMinute: number;
};

/** All limits are for a minute. */
export const WINDOW_SECONDS = 60;

type Limited = ParameterizedContext<Identified>;

/** Methods that change nothing (RFC 9110 §9.2.1). */
const READING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses who asks too often, before anything of the body is read. With a valid token the user is counted, whatever the
 * address; without one the address, so that nobody can use up what others behind the same address need.
 *
 * Every answer that was counted says what remains (draft-ietf-httpapi-ratelimit-headers).
 */
export function rateLimit(limiter: RateLimiter, limits: RateLimits, trustedProxies: number): Middleware<Identified> {
  const perMinute = (name: string, limit: number): RateLimitPolicy => ({ name, limit, windowSeconds: WINDOW_SECONDS });
  const reads = perMinute('reads', limits.readsPerMinute);
  const writes = perMinute('writes', limits.writesPerMinute);
  const anonymous = perMinute('anonymous', limits.anonymousPerMinute);

  return async (ctx, next) => {
    const { actor } = ctx.state;
    const policy = actor ? (READING.includes(ctx.method) ? reads : writes) : anonymous;
    const key = actor ? actor.id : clientNetwork(ctx.req, trustedProxies);
    const { allowed, remaining, secondsLeft } = await limiter.take(policy, key);
    tellLimit(ctx, policy, remaining, secondsLeft);
    if (!allowed) {
      // Somebody's own token, which ends for all phones behind one address again and again: only this answer makes an app
      // refresh it, and 429 would cost no less.
      const { rejection } = ctx.state;
      if (rejection instanceof TokenRejected && rejection.code === 'token_expired') throw rejection;
      throw limitExceeded(ctx, policy, secondsLeft);
    }
    await next();
  };
}

/** draft-ietf-httpapi-ratelimit-headers */
function tellLimit(ctx: Limited, policy: RateLimitPolicy, remaining: number, secondsLeft: number): void {
  const { name, limit, windowSeconds } = policy;
  ctx.set('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`);
  ctx.set('RateLimit', `"${name}";r=${remaining};t=${secondsLeft}`);
}

/** @returns the problem to be thrown; the rest of the answer, and of its line in the log, tells of the limit from here on. */
export function limitExceeded(ctx: Limited, policy: RateLimitPolicy, secondsLeft: number): HttpProblem {
  const { name, limit, windowSeconds } = policy;
  tellLimit(ctx, policy, 0, secondsLeft);
  ctx.state.violatedPolicy = name;
  return new HttpProblem('rate_limited', `At most ${limit} in ${windowSeconds} seconds. Wait ${secondsLeft} seconds.`, {
    headers: { 'Retry-After': String(secondsLeft) },
    'violated-policies': [name],
  });
}
