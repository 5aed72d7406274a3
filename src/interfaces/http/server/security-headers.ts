import type { Context, Middleware, Next } from 'koa';

/**
 * Headers for responses that are data. A browser must not guess their type, must not run or frame them (CSP Level 3), must
 * not name their address to other sites (Referrer Policy), and must not embed them in pages of other sites (Fetch). CORS
 * is separate: cross-origin.ts.
 */
const ON_EVERY_RESPONSE = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** RFC 6797 §6.1: one year, in seconds. Subdomains are left out, because this service knows nothing of them. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** Headers of every response, including those that are written without Koa. */
export function securityHeadersFor(strictTransport: boolean): Record<string, string> {
  return strictTransport ? { ...ON_EVERY_RESPONSE, 'Strict-Transport-Security': STRICT_TRANSPORT } : ON_EVERY_RESPONSE;
}

/** Sets the headers on every response of Koa. A page that needs another policy overwrites it. */
export function securityHeaders(strictTransport: boolean): Middleware {
  const headers = securityHeadersFor(strictTransport);
  return (ctx: Context, next: Next) => {
    ctx.set(headers);
    return next();
  };
}

/**
 * Responses of the API depend on the actor. So only the app's own cache may store them, and it must revalidate them each
 * time (RFC 9111 §5.2.2).
 */
export async function privateResponses(ctx: Context, next: Next): Promise<void> {
  if (ctx.path.startsWith('/api/')) {
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.vary('Authorization');
  }
  await next();
}
