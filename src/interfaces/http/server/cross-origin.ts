import cors from '@koa/cors';
import type { Middleware } from 'koa';

/** Seconds for which a browser may cache the response to a preflight. Chromium caches none for more than two hours. */
const MAX_AGE = 7200;

/**
 * CORS (Fetch): lets browser apps of exactly these origins call the API and read its responses, errors included. Without
 * an allowed origin, no response has a CORS header. Tokens travel in a header and not in cookies, so credentials are not
 * allowed.
 */
export function crossOrigin(allowedOrigins: readonly string[]): Middleware {
  if (allowedOrigins.length === 0) return (_ctx, next) => next();
  return cors({
    // For any other origin, @koa/cors adds only Vary: Origin.
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
