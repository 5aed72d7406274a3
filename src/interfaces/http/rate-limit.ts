import type { Middleware } from 'koa';
import type { RateLimiter, RateLimitPolicy } from '#application/ports/rate-limiter';
import { TokenRejected } from '#application/ports/token-verifier';
import type { Identified } from './authenticate.ts';
import { clientNetwork } from './client-address.ts';
import { HttpProblem } from './problem.ts';

export type RateLimits = {
  readonly readsPerMinute: number;
  readonly writesPerMinute: number;
  readonly anonymousPerMinute: number;
};

/** Methods that change nothing (RFC 9110 §9.2.1). */
const READING = ['GET', 'HEAD', 'OPTIONS'];
/** What probes and collectors ask for, from one address and all the time. */
const UNLIMITED = /^\/(health\/|metrics$)/;

/**
 * Refuses who asks too often, before anything of the body is read. With a valid token the user is counted, whatever the
 * address; without one the address, so that nobody can use up what others behind the same address need.
 *
 * Every answer that was counted says what remains (draft-ietf-httpapi-ratelimit-headers).
 */
export function rateLimit(limiter: RateLimiter, limits: RateLimits, trustedProxies: number): Middleware<Identified> {
  const policy = (name: string, limit: number): RateLimitPolicy => ({ name, limit, windowSeconds: 60 });
  const reads = policy('reads', limits.readsPerMinute);
  const writes = policy('writes', limits.writesPerMinute);
  const anonymous = policy('anonymous', limits.anonymousPerMinute);

  return async (ctx, next) => {
    if (UNLIMITED.test(ctx.path)) {
      await next();
      return;
    }
    const { actor } = ctx.state;
    const { name, limit, windowSeconds } = actor ? (READING.includes(ctx.method) ? reads : writes) : anonymous;
    const key = actor ? actor.id : clientNetwork(ctx.req, trustedProxies);
    const { allowed, remaining, secondsLeft } = await limiter.take({ name, limit, windowSeconds }, key);
    ctx.set('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`);
    ctx.set('RateLimit', `"${name}";r=${remaining};t=${secondsLeft}`);
    if (!allowed) {
      // Somebody's own token, which ends for all phones behind one address again and again: only this answer makes an app
      // refresh it, and 429 would cost no less.
      const { rejection } = ctx.state;
      if (rejection instanceof TokenRejected && rejection.code === 'token_expired') throw rejection;
      ctx.state.violatedPolicy = name;
      throw new HttpProblem(
        'rate_limited',
        `At most ${limit} in ${windowSeconds} seconds. Wait ${secondsLeft} seconds.`,
        {
          headers: { 'Retry-After': String(secondsLeft) },
          'violated-policies': [name],
        },
      );
    }
    await next();
  };
}
