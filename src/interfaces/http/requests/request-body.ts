import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import type { Context, Next } from 'koa';
import bodyParser from 'koa-bodyparser';
import { HttpProblem } from '../problems/problem-details.ts';

export const JSON_TYPE = 'application/json';
/** The media type of RFC 7396. */
export const MERGE_PATCH = 'application/merge-patch+json';

/** Bytes that a body may have, after decompression. */
export const LARGEST_BODY_BYTES = 65_536;

/**
 * koa-bodyparser decompresses, counts and collects the bytes. It must not decode them, because it would silently replace
 * invalid UTF-8 by U+FFFD. With the encoding null, its text parser leaves the bytes as they are.
 */
const collect = bodyParser({
  enableTypes: ['text'],
  extendTypes: { text: [JSON_TYPE, MERGE_PATCH] },
  textLimit: `${LARGEST_BODY_BYTES}b`,
  ...{ encoding: null },
});

/** Reads a body of one of these types into ctx.request.body, which stays undefined when there is no body. */
export function jsonBody(...types: readonly string[]) {
  return async (ctx: Context, next: Next): Promise<void> => {
    if (!hasBody(ctx)) {
      ctx.request.body = undefined;
      await next();
      return;
    }
    refuseOtherTypes(ctx, types);
    inviteBody(ctx);
    await collectBytes(ctx);
    const bytes: unknown = ctx.request.rawBody;
    ctx.request.body = Buffer.isBuffer(bytes) && bytes.length > 0 ? parsed(bytes) : undefined;
    await next();
  };
}

/** Refuses a request without a body. */
export async function requireBody(ctx: Context, next: Next): Promise<void> {
  if (ctx.request.body === undefined) throw new HttpProblem('malformed_body', 'A JSON body is required.');
  await next();
}

function hasBody(ctx: Context): boolean {
  return ctx.get('Transfer-Encoding') !== '' || Number(ctx.get('Content-Length') || 0) > 0;
}

function refuseOtherTypes(ctx: Context, types: readonly string[]): void {
  const headers = { [ctx.method === 'PATCH' ? 'Accept-Patch' : 'Accept-Post']: types.join(', ') };
  let type: MIMEType | undefined;
  try {
    type = new MIMEType(ctx.get('Content-Type'));
  } catch {
    // An absent or malformed Content-Type is no known type. The check below refuses it.
  }
  if (!type || !types.includes(type.essence))
    throw new HttpProblem('unsupported_media_type', `Send the body as ${types.join(' or ')}.`, { headers });
  if ((type.params.get('charset') ?? 'utf-8').toLowerCase() !== 'utf-8')
    throw new HttpProblem('unsupported_media_type', 'JSON is always UTF-8 (RFC 8259 §8.1).', { headers });
}

/**
 * Tells a client that waits with "Expect: 100-continue" to send the body. By now, nothing but the body itself can be
 * refused. HTTP/1.0 has no interim responses (RFC 9110 §10.1.1).
 */
function inviteBody(ctx: Context): void {
  const waits = ctx.req.httpVersion === '1.1' && ctx.get('Expect').toLowerCase() === '100-continue';
  if (waits) ctx.res.writeContinue();
}

async function collectBytes(ctx: Context): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    // A decompressing stream does not notice that the connection was closed.
    ctx.req.once('close', () => {
      if (!ctx.req.complete) reject(new HttpProblem('malformed_body', 'The body ended too early.'));
    });
  });
  try {
    await Promise.race([collect(ctx, () => Promise.resolve()), aborted]);
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status === 413)
      throw new HttpProblem('body_too_large', `The body may have at most ${LARGEST_BODY_BYTES / 1024} KiB.`);
    if (status === 415)
      throw new HttpProblem('unsupported_media_type', 'Content-Encoding may be gzip, deflate, br or identity.', {
        headers: { 'Accept-Encoding': 'gzip, deflate, br, identity' },
      });
    // The errors of zlib have no status: the length is wrong, or the compression is broken.
    throw new HttpProblem(
      'malformed_body',
      'The body could not be read. Check that it matches Content-Length and Content-Encoding.',
    );
  }
}

function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new HttpProblem('malformed_body', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new HttpProblem('malformed_body', 'The body is not valid JSON.');
  }
}
