import compress from 'koa-compress';
import type { Context, Middleware, Next } from 'koa';

/**
 * Compresses responses with br or gzip, as Accept-Encoding allows (RFC 9110 §12.5.3). Below 1 KiB, compression saves no packet.
 *
 * The ETag stays the same, although RFC 9110 §8.8.3.3 asks for one per encoding: it stands for a version, clients send it
 * back in If-Match, no route serves ranges, and Vary keeps encodings apart in caches. No response contains a secret that
 * its compressed length could reveal (BREACH).
 */
export function compression(): Middleware {
  const compressed = compress({ threshold: 1024, zstd: false, deflate: false });
  return async (ctx: Context, next: Next) => {
    if (ctx.get('Accept-Encoding') !== '') {
      await compressed(ctx, () => serialised(ctx, next));
    } else {
      ctx.vary('Accept-Encoding');
      await serialised(ctx, next);
    }
  };
}

/** Serialises the body once. Koa would do so twice: to find its length, and to send it. */
async function serialised(ctx: Context, next: Next): Promise<void> {
  await next();
  if (isPlainObject(ctx.body)) ctx.body = JSON.stringify(ctx.body);
}

function isPlainObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}
