import type { Context, Middleware, Next } from 'koa';
import type { Metrics } from '#application/ports/operations/metrics';
import type { Clock } from '#application/ports/system/clock';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { Logger } from '#application/ports/operations/logger';
import type { RateLimiter } from '#application/ports/operations/rate-limiter';
import type { RequestScope } from '#application/ports/operations/request-scope';
import type { Authenticate } from '#application/tokens/authenticate';
import { AuthenticationFailureLog, reportAuthenticationFailures } from '../authentication/authentication-failures.ts';
import { identify, type Schemes } from '../authentication/bearer-token.ts';
import { HttpProblem } from '../problems/problem-details.ts';
import { InvalidTokenLimit } from '../rate-limits/invalid-token-limit.ts';
import { limitRequests, type RateLimits } from '../rate-limits/request-limit.ts';
import { crossOrigin } from './cross-origin.ts';
import { errorResponses } from './error-responses.ts';
import { exceptForProbes } from './probe-paths.ts';
import { requestIds } from './request-ids.ts';
import { requestLog } from './request-log.ts';
import { compression } from './response-compression.ts';
import { privateResponses, securityHeaders } from './security-headers.ts';

export type GuardSettings = {
  /** Whether this process serves the API. A process that only relays has no tokens to look at. */
  readonly api: boolean;
  /** Whether browsers are told to use only TLS from now on. */
  readonly strictTransport: boolean;
  /** Words that may stand before a token in the Authorization header. */
  readonly authorizationSchemes: Schemes;
  /** Origins of the browser apps that may call the API. */
  readonly allowedOrigins: readonly string[];
  /** The rate limits of the API; undefined when requests are not limited. */
  readonly rateLimits: RateLimits | undefined;
  /** Number of proxies in front of the service. */
  readonly trustedProxies: number;
};

export type GuardParts = {
  readonly authenticate: Authenticate;
  /** Names its keys in the log of authentication failures. */
  readonly limiter: RateLimiter;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly requests: RequestScope;
  readonly ids: IdGenerator;
};

/** The middleware that every request passes before a route is looked for, in the order in which a request meets it. */
export class Guards {
  readonly inOrder: readonly Middleware[];

  constructor(settings: GuardSettings, parts: GuardParts) {
    const { logger, metrics, requests, ids } = parts;
    this.inOrder = [
      securityHeaders(settings.strictTransport),
      requestIds(requests, ids),
      requestLog(logger, metrics),
      // CORS comes before the error responses, because browser apps may read errors. Below them, it would alter each error.
      crossOrigin(settings.allowedOrigins),
      compression(),
      errorResponses(logger, requests, settings.authorizationSchemes),
      refuseUnservable,
      privateResponses,
      ...(settings.api ? tokenGuards(settings, parts) : []),
    ];
  }
}

/** Guards that look at tokens and count requests. Probes have no token and no limit. */
function tokenGuards(settings: GuardSettings, parts: GuardParts): Middleware[] {
  const { authenticate, limiter, logger, metrics, clock } = parts;
  const { rateLimits, trustedProxies } = settings;
  const failures = new AuthenticationFailureLog(logger, () => authenticate.keyFingerprints());
  const report = reportAuthenticationFailures(metrics, failures, trustedProxies);
  const identified = identify(authenticate, settings.authorizationSchemes);
  if (!rateLimits) return [report, identified].map(exceptForProbes);
  const invalidTokens = new InvalidTokenLimit(rateLimits.authFailuresPerMinute, clock, trustedProxies);
  return [report, invalidTokens.around(identified), limitRequests(limiter, rateLimits, trustedProxies)].map(
    exceptForProbes,
  );
}

async function refuseUnservable(ctx: Context, next: Next): Promise<void> {
  const hosts = ctx.req.headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && ctx.req.httpVersion === '1.1'))
    throw new HttpProblem('bad_request', 'Exactly one Host header is required (RFC 9112 §3.2).');
  // Koa throws when it cannot parse an absolute URL.
  const target = ctx.req.url ?? '';
  if (!target.startsWith('/') && target !== '*' && !URL.canParse(target))
    throw new HttpProblem('bad_request', 'The request target is not valid (RFC 9112 §3.2).');
  const expected = ctx.get('Expect').toLowerCase();
  if (expected !== '' && expected !== '100-continue')
    throw new HttpProblem('expectation_failed', 'The Expect header may only be 100-continue.');
  await next();
}
