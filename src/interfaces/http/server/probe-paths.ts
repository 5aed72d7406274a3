import type { Context, Middleware, Next } from 'koa';

/** What probes and collectors ask for, from one address and all the time. */
export const PROBES = /^\/(health\/|metrics$)/;

/** The same guard, which asks nothing of probes: they have no token, and no limit. */
export function exceptForProbes(guard: Middleware): Middleware {
  return (ctx: Context, next: Next) => (PROBES.test(ctx.path) ? next() : (guard(ctx, next) as Promise<unknown>));
}
