import type { Context, Middleware, Next } from 'koa';

/** Paths that probes and collectors of metrics request every few seconds, always from the same addresses. */
export const PROBES = /^\/(health\/|metrics$)/;

/** Lets requests of probes pass a guard: they have no token and no rate limit. */
export function exceptForProbes(guard: Middleware): Middleware {
  return (ctx: Context, next: Next) => (PROBES.test(ctx.path) ? next() : (guard(ctx, next) as Promise<unknown>));
}
