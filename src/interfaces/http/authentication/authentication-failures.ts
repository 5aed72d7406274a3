import type { Middleware } from 'koa';
import type { AuthenticationFailure, Metrics } from '#application/ports/operations/metrics';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { Logger } from '#application/ports/operations/logger';
import { clientNetwork } from '../requests/client-network.ts';
import { HttpProblem } from '../problems/problem-details.ts';
import type { Identified } from './bearer-token.ts';

const WINDOW_MS = 60_000;
const MOST_LINES_OF_ONE_NETWORK = 10;
const MOST_LINES = 300;

/**
 * Writes one log line for each failed authentication, up to a limit for each minute. One more line then says how many lines
 * were suppressed, so that very many invalid requests do not fill the log.
 */
export class AuthenticationFailureLog {
  private readonly logger: Logger;
  private readonly keyFingerprints: () => readonly string[];
  /** Lines written for each network since the window began. */
  private lines = new Map<string, number>();
  private written = 0;
  private suppressed = 0;
  private windowEnds: NodeJS.Timeout | undefined;

  /** @param keyFingerprints returns the fingerprints of the keys that tokens are verified with at present */
  constructor(logger: Logger, keyFingerprints: () => readonly string[]) {
    this.logger = logger;
    this.keyFingerprints = keyFingerprints;
  }

  failed(reason: AuthenticationFailure, client: string): void {
    this.windowEnds ??= setTimeout(() => {
      this.endWindow();
    }, WINDOW_MS).unref();
    const lines = this.lines.get(client) ?? 0;
    if (lines >= MOST_LINES_OF_ONE_NETWORK || this.written >= MOST_LINES) {
      this.suppressed += 1;
      return;
    }
    this.lines.set(client, lines + 1);
    this.written += 1;
    this.logger.info({ reason, client, keyFingerprints: this.keyFingerprints() }, 'authentication failed');
  }

  private endWindow(): void {
    const { written, suppressed } = this;
    this.lines = new Map();
    this.written = 0;
    this.suppressed = 0;
    this.windowEnds = undefined;
    if (suppressed > 0) this.logger.warn({ written, suppressed }, 'too many failed authentications to log each');
  }
}

/**
 * Counts and logs every refused token, on every path, and every missing token on a path that needs one. A line holds
 * nothing of the token and no text that the client can choose.
 */
export function reportAuthenticationFailures(
  metrics: Metrics,
  log: AuthenticationFailureLog,
  trustedProxies: number,
): Middleware<Identified> {
  return async (ctx, next) => {
    let thrown: unknown;
    try {
      await next();
    } catch (error) {
      thrown = error;
      throw error;
    } finally {
      const reason = failureOf(ctx.state.rejection, thrown);
      if (reason) {
        metrics.authenticationFailed(reason);
        log.failed(reason, clientNetwork(ctx.req, trustedProxies));
      }
    }
  };
}

function failureOf(rejection: unknown, thrown: unknown): AuthenticationFailure | undefined {
  if (rejection instanceof TokenRejected) return rejection.code;
  if (!(rejection instanceof HttpProblem)) return undefined;
  switch (rejection.code) {
    case 'authorization_malformed':
    case 'bad_request':
    case 'rate_limited':
      return rejection.code;
    case 'token_missing':
      // Most paths need no token. On a path that needs one, the request ends with this very problem.
      return thrown === rejection ? rejection.code : undefined;
    default:
      return undefined;
  }
}
