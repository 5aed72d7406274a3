import type { Middleware } from 'koa';
import type { AuthenticationFailure, Metrics } from '#application/ports/operations/metrics';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { Logger } from '#application/ports/system/logger';
import { clientNetwork } from '../requests/client-network.ts';
import { HttpProblem } from '../problems/problem-details.ts';
import type { Identified } from './bearer-token.ts';

const WINDOW_MS = 60_000;
/** Lines in a window, for one network and for all together. */
const MOST_OF_ONE = 10;
const MOST = 300;

/** A line for each failed authentication, but no flood of them: what is too much is counted, and told of in one line. */
export class AuthenticationLog {
  private readonly logger: Logger;
  private readonly keyFingerprints: () => readonly string[];
  /** Lines of each network, since the window began. */
  private lines = new Map<string, number>();
  private written = 0;
  private suppressed = 0;
  private windowEnds: NodeJS.Timeout | undefined;

  /** @param keyFingerprints of the keys that tokens are verified with, as they are now */
  constructor(logger: Logger, keyFingerprints: () => readonly string[]) {
    this.logger = logger;
    this.keyFingerprints = keyFingerprints;
  }

  failed(reason: AuthenticationFailure, client: string): void {
    this.windowEnds ??= setTimeout(() => {
      this.endWindow();
    }, WINDOW_MS).unref();
    const lines = this.lines.get(client) ?? 0;
    if (lines >= MOST_OF_ONE || this.written >= MOST) {
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
 * Counts and logs each token that was presented and refused, wherever it was sent, and each missing one where one was
 * needed. Nothing of the token is told, and nothing that the client could choose freely.
 */
export function reportAuthentication(
  metrics: Metrics,
  log: AuthenticationLog,
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
      // Most pages need none. Where one is needed, that is what the request ends with.
      return thrown === rejection ? rejection.code : undefined;
    default:
      return undefined;
  }
}
