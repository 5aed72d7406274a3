import type { Context, Middleware, Next } from 'koa';
import type { Logger } from '#application/ports/system/logger';
import type { Metrics } from '#application/ports/operations/metrics';
import { PROBES } from './probe-paths.ts';

/**
 * One line for each request, when it is answered, and its measure. The route is the pattern: paths hold ids, queries may hold anything.
 * Probes ask every few seconds, and a method that is not implemented is no fault of ours.
 */
export function requestLog(logger: Logger, metrics: Metrics): Middleware {
  return async (ctx: Context, next: Next) => {
    const start = performance.now();
    await next();
    const milliseconds = performance.now() - start;
    const matched: unknown = ctx['_matchedRoute'];
    const route = typeof matched === 'string' ? matched : 'none';
    metrics.requestAnswered({ method: ctx.method, route, status: ctx.status, seconds: milliseconds / 1000 });
    const violatedPolicy: unknown = ctx.state['violatedPolicy'];
    const fields = {
      method: ctx.method,
      route,
      status: ctx.status,
      ...(typeof violatedPolicy === 'string' && { violatedPolicy }),
      durationMs: Math.round(milliseconds * 10) / 10,
    };
    if (PROBES.test(route)) logger.debug(fields, 'request');
    else if (ctx.status >= 500 && ctx.status !== 501) logger.error(fields, 'request');
    else logger.info(fields, 'request');
  };
}
