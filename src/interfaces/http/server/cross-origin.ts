import cors from '@koa/cors';
import type { Middleware } from 'koa';

/** Seconds for which a browser may remember the answer to a preflight. Chromium keeps none longer than two hours. */
const MAX_AGE = 7200;

/**
 * CORS (Fetch): lets browser apps of exactly these origins call the API and read its answers, errors included. Without
 * any, no answer has a CORS header. Tokens travel in a header, not in cookies, so no credentials are allowed.
 */
export function crossOrigin(allowedOrigins: readonly string[]): Middleware {
  if (allowedOrigins.length === 0) return (_ctx, next) => next();
  return cors({
    // Without an origin from the list, it adds nothing but Vary: Origin.
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return allowedOrigins.includes(origin) ? origin : '';
    },
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [
      ...['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Request-Id'],
      'traceparent',
    ],
    exposeHeaders: [
      ...['ETag', 'Location', 'X-Request-Id', 'Retry-After', 'Link', 'Idempotent-Replayed', 'RateLimit'],
      'RateLimit-Policy',
    ],
    maxAge: MAX_AGE,
  });
}
