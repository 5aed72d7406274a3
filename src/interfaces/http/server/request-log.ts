import type { Context, Middleware, Next } from 'koa';
import type { Logger } from '#application/ports/operations/logger';
import type { Metrics } from '#application/ports/operations/metrics';
import { PROBES } from './probe-paths.ts';

/**
 * Logs one line for each request after its response, and counts the request. The line has the pattern of the route, because
 * paths contain ids and queries may contain anything. Probes ask every few seconds, so they are logged at debug. A method
 * that is not implemented is no fault of the service, so its 501 is no error.
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
