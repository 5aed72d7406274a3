import type { Context, Middleware, Next } from 'koa';
import { ApplicationError } from '#application/ports/application-error';
import type { Logger } from '#application/ports/operations/logger';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { DomainError } from '#domain/domain-error';
import { IllegalTransition, InvalidOpportunity, NotPublishable } from '#domain/opportunities/opportunity-errors';
import { challenge, type Schemes } from '../authentication/bearer-token.ts';
import { type ProblemCode, PROBLEMS } from '../problems/problem-codes.ts';
import { HttpProblem, problemDetails, type ProblemExtras } from '../problems/problem-details.ts';
import { LARGEST_BODY_BYTES } from '../requests/request-body.ts';
import { bodyError, INVALID_BODY } from '../requests/validation.ts';

/** Seconds after which a client may retry a request that failed because a dependency was unavailable. */
const RETRY_AFTER = '2';
/** Problems of an unavailable dependency, each with the message of its log line. */
const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  ['storage_unavailable', 'the storage is unavailable'],
  ['revocations_unavailable', 'the revocation cache is too old to check tokens'],
  ['token_keys_unavailable', 'the keys of the token issuer are unavailable'],
]);

/** Turns every error of the middleware below, and every bare status of the router, into problem details. */
export function errorResponses(logger: Logger, requests: RequestScope, schemes: Schemes): Middleware {
  const respond = (ctx: Context, code: ProblemCode, detail: string, extras?: ProblemExtras) => {
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
        respond(ctx, error.code, error.message, error.extras);
      } else if (error instanceof DomainError || error instanceof ApplicationError) {
        const unavailable = UNAVAILABLE.get(error.code);
        if (unavailable !== undefined) {
          ctx.set('Retry-After', RETRY_AFTER);
          logger.error({ err: error }, unavailable);
        }
        // A client gets the same detail whether the schema or the aggregate found the violations.
        const detail = error instanceof InvalidOpportunity ? INVALID_BODY : error.message;
        respond(ctx, error.code, detail, extrasOf(error));
      } else {
        logger.error({ err: error }, 'a request failed unexpectedly');
        respond(ctx, 'internal_error', 'The service failed unexpectedly. Report the request id.');
      }
      return;
    }
    respondToBareStatus(ctx, respond);
  };
}

/**
 * Whether an unread body is no larger than an accepted one, so that the connection stays open, which spares the client a new one. 401 and 429 are sent
 * before the service begins to read the body, and then Node reads and drops the rest. When a client waits for 100 before
 * it sends the body, Node closes the connection by itself.
 */
function isSoonOver({ req }: Context, status: number): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': chunked } = req.headers;
  return (status === 401 || status === 429) && !chunked && Number(length) <= LARGEST_BODY_BYTES;
}

function respondToBareStatus(ctx: Context, respond: (ctx: Context, code: ProblemCode, detail: string) => void): void {
  const bare = ctx.body === undefined || ctx.body === null || ctx.body === '';
  if (!bare) return;
  if (ctx.status === 404) respond(ctx, 'not_found', 'There is nothing at this path.');
  else if (ctx.status === 405) respond(ctx, 'method_not_allowed', `This path supports ${ctx.response.get('Allow')}.`);
  else if (ctx.status === 501)
    respond(ctx, 'not_implemented', `This service does not implement the method ${ctx.method}.`);
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
