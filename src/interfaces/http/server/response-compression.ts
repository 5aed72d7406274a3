import compress from 'koa-compress';
import type { Context, Middleware, Next } from 'koa';

/**
 * br or gzip, by Accept-Encoding (RFC 9110 §12.5.3); below 1 KiB it saves no packet. The ETag stays the same, although RFC
 * 9110 §8.8.3.3 wants one for each encoding: it stands for a version, clients send it back in If-Match, nobody can ask for
 * ranges, and Vary keeps encodings apart in caches. No answer holds a secret whose length could betray it (BREACH).
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

/** Koa would serialise an object to tell its length, and again to send it. */
async function serialised(ctx: Context, next: Next): Promise<void> {
  await next();
  if (isPlainObject(ctx.body)) ctx.body = JSON.stringify(ctx.body);
}

function isPlainObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}
