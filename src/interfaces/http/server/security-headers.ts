import type { Context, Middleware, Next } from 'koa';

/**
 * For answers that are data: a browser must not guess their type, run or frame them (CSP Level 3), name them to others
 * (Referrer Policy), or give them to a page of somebody else that embeds them (Fetch). CORS is another matter.
 */
const ON_EVERY_ANSWER = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** RFC 6797 §6.1: a year, in seconds. Not for subdomains, of which this service knows nothing. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** What every answer has, those that Koa never sees included. */
export function securityHeadersFor(strictTransport: boolean): Record<string, string> {
  return strictTransport ? { ...ON_EVERY_ANSWER, 'Strict-Transport-Security': STRICT_TRANSPORT } : ON_EVERY_ANSWER;
}

/** On every answer of Koa; a page that needs another policy sets its own. */
export function securityHeaders(strictTransport: boolean): Middleware {
  const headers = securityHeadersFor(strictTransport);
  return (ctx: Context, next: Next) => {
    ctx.set(headers);
    return next();
  };
}

/**
 * Answers of the API depend on who asks: only the app's own cache may keep them, and it must ask each time whether they
 * still hold (RFC 9111 §5.2.2).
 */
export async function privateAnswers(ctx: Context, next: Next): Promise<void> {
  if (ctx.path.startsWith('/api/')) {
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.vary('Authorization');
  }
  await next();
}
