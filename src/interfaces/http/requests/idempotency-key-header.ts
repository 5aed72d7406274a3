import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Retry } from '#application/ports/opportunities/idempotency-keys';
import { HttpProblem } from '../problems/problem-details.ts';

/** As most clients send it, or as the draft wants it: a Structured Field String (RFC 9651 §3.3.3). */
export const IDEMPOTENCY_KEY_PATTERN = String.raw`^([!#-\[\]-~]{1,255}|"[ !#-\[\]-~]{1,255}")$`;
const idempotencyKey = new RegExp(IDEMPOTENCY_KEY_PATTERN);

/**
 * The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header), with what tells the request from
 * another: its method, path and body.
 * @throws HttpProblem bad_request when it is not 1 to 255 printable ASCII characters, bare or in double quotes.
 */
export function retryOf(ctx: Pick<Context, 'method' | 'path' | 'request' | 'headers'>): Retry | undefined {
  const header = ctx.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header).trim();
  if (!idempotencyKey.test(text))
    throw new HttpProblem('bad_request', 'Idempotency-Key must have 1 to 255 printable ASCII characters.');
  const key = text.replaceAll('"', '');
  const request = JSON.stringify([ctx.method, ctx.path, ctx.request.body ?? null]);
  return { key, fingerprint: createHash('sha256').update(request).digest('base64url') };
}
