import { randomUUID } from 'node:crypto';
import type { Context, Middleware, Next } from 'koa';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { RequestScope } from '#application/ports/system/request-scope';

/** What a client may call its request: safe in logs and headers. Anything else gets a new id. */
const ACCEPTABLE_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Gives each request its id, the client's if it sent a good one, and its place in the client's trace. */
export function requestIdentity(requests: RequestScope, ids: IdGenerator): Middleware {
  return (ctx: Context, next: Next) => {
    const given = ctx.get('X-Request-Id');
    const requestId = ACCEPTABLE_ID.test(given) ? given : ids.next();
    ctx.set('X-Request-Id', requestId);
    return requests.run({ requestId, traceparent: continued(ctx.get('traceparent')) }, next);
  };
}

/** W3C Trace Context: the caller's trace with a span of our own, or a new trace that is not sampled. */
function continued(traceparent: string): string {
  const [, traceId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  return `00-${traceId ?? randomHex()}-${randomHex().slice(0, 16)}-${flags ?? '00'}`;
}

/** 32 digits. Node keeps random bytes for many UUIDs; randomBytes() asks for new ones each time. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
