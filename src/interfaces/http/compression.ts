import compress from 'koa-compress';
import type { Middleware } from 'koa';

/**
 * br or gzip, by Accept-Encoding (RFC 9110 §12.5.3); below 1 KiB it saves no packet. The ETag stays the same, although RFC
 * 9110 §8.8.3.3 wants one for each encoding: it stands for a version, clients send it back in If-Match, nobody can ask for
 * ranges, and Vary keeps encodings apart in caches. No answer holds a secret whose length could betray it (BREACH).
 */
export function compression(): Middleware {
  return compress({ threshold: 1024, zstd: false, deflate: false });
}
