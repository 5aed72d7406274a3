import { randomUUID } from 'node:crypto';
import type { Context, Middleware, Next } from 'koa';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { RequestScope } from '#application/ports/operations/request-scope';

/** Request ids that are accepted from a client, because they are safe in logs and headers. Others are replaced by a new id. */
const ACCEPTABLE_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Gives each request an id, which is the client's if that is acceptable, and continues the client's trace. */
export function requestIds(requests: RequestScope, ids: IdGenerator): Middleware {
  return (ctx: Context, next: Next) => {
    const given = ctx.get('X-Request-Id');
    const requestId = ACCEPTABLE_ID.test(given) ? given : ids.next();
    ctx.set('X-Request-Id', requestId);
    return requests.run({ requestId, traceparent: continued(ctx.get('traceparent')) }, next);
  };
}

/** Returns a traceparent (W3C Trace Context): the client's trace with a new span, or a new trace that is not sampled. */
function continued(traceparent: string): string {
  const [, traceId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  return `00-${traceId ?? randomHex()}-${randomHex().slice(0, 16)}-${flags ?? '00'}`;
}

/** Returns 32 hexadecimal digits. randomUUID() is faster than randomBytes(), because Node caches its random bytes. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
