import type { Context, Middleware, Next } from 'koa';
import type { Logger } from '#application/ports/logger';

/**
 * One line for each request, when it is answered. The route is the pattern: paths hold ids, queries may hold anything.
 * Probes ask every few seconds, and a method that is not implemented is no fault of ours.
 */
export function requestLog(logger: Logger): Middleware {
  return async (ctx: Context, next: Next) => {
    const start = performance.now();
    await next();
    const route: unknown = ctx['_matchedRoute'];
    const violatedPolicy: unknown = ctx.state['violatedPolicy'];
    const fields = {
      method: ctx.method,
      route: typeof route === 'string' ? route : 'none',
      status: ctx.status,
      ...(typeof violatedPolicy === 'string' && { violatedPolicy }),
      durationMs: Math.round((performance.now() - start) * 10) / 10,
    };
    if (fields.route.startsWith('/health/')) logger.debug(fields, 'request');
    else if (ctx.status >= 500 && ctx.status !== 501) logger.error(fields, 'request');
    else logger.info(fields, 'request');
  };
}
