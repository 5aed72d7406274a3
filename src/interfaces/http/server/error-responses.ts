import type { Context, Middleware, Next } from 'koa';
import { ApplicationError } from '#application/ports/application-error';
import type { Logger } from '#application/ports/system/logger';
import type { RequestScope } from '#application/ports/system/request-scope';
import { DomainError } from '#domain/domain-error';
import { IllegalTransition, InvalidOpportunity, NotPublishable } from '#domain/opportunities/opportunity-errors';
import { challenge, type Schemes } from '../authentication/bearer-token.ts';
import {
  HttpProblem,
  type ProblemCode,
  problemDetails,
  type ProblemExtras,
  PROBLEMS,
} from '../problems/problem-details.ts';
import { bodyError, INVALID_BODY } from '../requests/validation.ts';

/** Seconds after which a client may try again what failed for want of something outside. */
const RETRY_AFTER = '2';
/** What the log says of each. */
const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  ['storage_unavailable', 'the storage is unavailable'],
  ['revocations_unavailable', 'nobody can say whether a token was revoked'],
  ['token_keys_unavailable', 'the keys of the token issuer are unavailable'],
]);

/** Turns everything thrown below it, and the router's bare statuses, into problem details. */
export function answerErrors(logger: Logger, requests: RequestScope, schemes: Schemes): Middleware {
  const answer = (ctx: Context, code: ProblemCode, detail: string, extras?: ProblemExtras) => {
    const { status } = PROBLEMS[code];
    ctx.status = status;
    ctx.body = problemDetails(code, detail, requests.current()?.requestId ?? 'unknown', extras);
    ctx.type = 'application/problem+json';
    if (status === 401) ctx.set('WWW-Authenticate', challengeFor(code, detail, schemes));
    if (status === 413 || (status >= 400 && !ctx.req.complete && !isSoonOver(ctx, status)))
      ctx.set('Connection', 'close');
  };

  return async (ctx: Context, next: Next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof HttpProblem) {
        ctx.set(error.headers);
        answer(ctx, error.code, error.message, error.extras);
      } else if (error instanceof DomainError || error instanceof ApplicationError) {
        const unavailable = UNAVAILABLE.get(error.code);
        if (unavailable !== undefined) {
          ctx.set('Retry-After', RETRY_AFTER);
          logger.error({ err: error }, unavailable);
        }
        // Whether the schema or the aggregate found it, makes no difference to the client.
        const detail = error instanceof InvalidOpportunity ? INVALID_BODY : error.message;
        answer(ctx, error.code, detail, extrasOf(error));
      } else {
        logger.error({ err: error }, 'a request failed unexpectedly');
        answer(ctx, 'internal_error', 'Something went wrong on our side. Tell us the request id.');
      }
      return;
    }
    answerBareStatus(ctx, answer);
  };
}

/** Bytes: as many as a body may have. */
const WORTH_WAITING = 65_536;

/**
 * Whether what remains of an unread body is worth waiting for, to spare the client a new connection. These two come
 * before anybody has begun to read it; then Node reads the rest by itself and drops it. Where a client waits for
 * 100 with its body, Node closes by itself.
 */
function isSoonOver({ req }: Context, status: number): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': chunked } = req.headers;
  return (status === 401 || status === 429) && !chunked && Number(length) <= WORTH_WAITING;
}

function answerBareStatus(ctx: Context, answer: (ctx: Context, code: ProblemCode, detail: string) => void): void {
  const bare = ctx.body === undefined || ctx.body === null || ctx.body === '';
  if (!bare) return;
  if (ctx.status === 404) answer(ctx, 'not_found', 'There is nothing at this path.');
  else if (ctx.status === 405) answer(ctx, 'method_not_allowed', `This path answers ${ctx.response.get('Allow')}.`);
  else if (ctx.status === 501) answer(ctx, 'not_implemented', `The method ${ctx.method} means nothing here.`);
  else if (ctx.method === 'OPTIONS' && ctx.status === 200) ctx.status = 204;
}

function extrasOf(error: Error): ProblemExtras {
  if (error instanceof InvalidOpportunity || error instanceof NotPublishable)
    return { errors: error.violations.map(bodyError) };
  if (error instanceof IllegalTransition) return { currentStatus: error.currentStatus };
  return {};
}

function challengeFor(code: ProblemCode, detail: string, schemes: Schemes): string {
  return code.startsWith('token_') && code !== 'token_missing'
    ? challenge(schemes, 'invalid_token', detail)
    : challenge(schemes);
}
