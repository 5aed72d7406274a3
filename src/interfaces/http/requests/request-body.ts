import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import type { Context, Next } from 'koa';
import bodyParser from 'koa-bodyparser';
import { HttpProblem } from '../problems/problem-details.ts';

export const JSON_TYPE = 'application/json';
/** RFC 7396. */
export const MERGE_PATCH = 'application/merge-patch+json';

/** Bytes after decompression. */
const LIMIT = '64kb';

/**
 * koa-bodyparser inflates, counts and collects. Decoding is ours: it would replace invalid UTF-8 by U+FFFD without a
 * word. Without an encoding its text parser hands the bytes through.
 */
const collect = bodyParser({
  enableTypes: ['text'],
  extendTypes: { text: [JSON_TYPE, MERGE_PATCH] },
  textLimit: LIMIT,
  ...{ encoding: null },
});

/** Reads a body of one of these types into ctx.request.body; undefined when there is none. */
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

/** For routes that cannot do without one. */
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
    // Absent or malformed: no type that we know.
  }
  if (!type || !types.includes(type.essence))
    throw new HttpProblem('unsupported_media_type', `Send the body as ${types.join(' or ')}.`, { headers });
  if ((type.params.get('charset') ?? 'utf-8').toLowerCase() !== 'utf-8')
    throw new HttpProblem('unsupported_media_type', 'JSON is always UTF-8 (RFC 8259 §8.1).', { headers });
}

/**
 * A client that waits with "Expect: 100-continue" is told to send only now, when nothing else can refuse it. One that
 * speaks HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
 */
function inviteBody(ctx: Context): void {
  const waits = ctx.req.httpVersion === '1.1' && ctx.get('Expect').toLowerCase() === '100-continue';
  if (waits) ctx.res.writeContinue();
}

async function collectBytes(ctx: Context): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    // A decompressing stream never learns that its source was cut off.
    ctx.req.once('close', () => {
      if (!ctx.req.complete) reject(new HttpProblem('malformed_body', 'The body ended too early.'));
    });
  });
  try {
    await Promise.race([collect(ctx, () => Promise.resolve()), aborted]);
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status === 413) throw new HttpProblem('body_too_large', `The body may have at most ${LIMIT}.`);
    if (status === 415)
      throw new HttpProblem('unsupported_media_type', 'Content-Encoding may be gzip, deflate, br or identity.', {
        headers: { 'Accept-Encoding': 'gzip, deflate, br, identity' },
      });
    // Size mismatches, broken compression: zlib's errors carry no status.
    throw new HttpProblem('malformed_body', 'The body could not be read; is it what Content-Encoding says?');
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
