import type { IncomingMessage } from 'node:http';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Clock } from '#application/ports/system/clock';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { RateLimitPolicy } from '#application/ports/operations/rate-limiter';
import type { Identified } from '../authentication/bearer-token.ts';
import { clientNetwork } from '../requests/client-network.ts';
import { limitExceeded, WINDOW_SECONDS } from './request-limit.ts';

/** The largest number of networks that are remembered. They take about 2 MB. */
const MOST_NETWORKS = 20_000;

type Count = { tokens: number; readonly until: number };

/** Counts the invalid tokens of each network, in this process. The first token of a network opens its window. */
export class InvalidTokenCounts {
  readonly policy: RateLimitPolicy;
  private readonly clock: Clock;
  /** By network, in the order in which their windows were opened. */
  private readonly counts = new Map<string, Count>();

  constructor(policy: RateLimitPolicy, clock: Clock) {
    this.policy = policy;
    this.clock = clock;
  }

  /** @returns the seconds until the network may send tokens again, or 0 when it may do so now. */
  secondsLeft(network: string): number {
    const count = this.counts.get(network);
    if (!count || count.tokens < this.policy.limit) return 0;
    return Math.max(0, Math.ceil((count.until - this.clock.now().getTime()) / 1000));
  }

  add(network: string): void {
    const now = this.clock.now().getTime();
    const count = this.counts.get(network);
    if (count && count.until > now) {
      count.tokens += 1;
      return;
    }
    this.counts.delete(network);
    if (this.counts.size >= MOST_NETWORKS) this.forgetOldest();
    this.counts.set(network, { tokens: 1, until: now + this.policy.windowSeconds * 1000 });
  }

  /** Removes a tenth at once: if entries were removed singly, each search for the oldest would step over all removed ones. */
  private forgetOldest(): void {
    for (const network of this.counts.keys()) {
      this.counts.delete(network);
      if (this.counts.size <= MOST_NETWORKS * 0.9) return;
    }
  }
}

/** The largest number of tokens in each of the two sets. Both sets together take about 8 MB. */
const MOST_TOKENS = 10_000;

/**
 * Remembers at least the 10,000 tokens that were most recently found valid. Such a token is not trusted: the memory only
 * tells that verifying it again is worth the time.
 */
export class RecentlyValidTokens {
  private recent = new Set<string>();
  private older = new Set<string>();

  has(token: string): boolean {
    return this.recent.has(token) || this.older.has(token);
  }

  add(token: string): void {
    if (this.recent.size >= MOST_TOKENS) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(token);
  }

  remove(token: string): void {
    this.recent.delete(token);
    this.older.delete(token);
  }
}

/**
 * Stops a network that sends one invalid token after another, before the next token is verified. Recently valid tokens are
 * verified all the same, so that honest users are not locked out by somebody who guesses tokens behind the same address.
 *
 * Only `token_invalid` counts. The issuer did sign an expired or revoked token: an honest app may send one before it
 * notices, and many phones may share an address.
 */
export class InvalidTokenLimit {
  private readonly counts: InvalidTokenCounts;
  private readonly recentlyValid = new RecentlyValidTokens();
  private readonly trustedProxies: number;

  /** @param limit the number of invalid tokens from one network that are verified in a minute */
  constructor(limit: number, clock: Clock, trustedProxies: number) {
    this.counts = new InvalidTokenCounts({ name: 'authentication', limit, windowSeconds: WINDOW_SECONDS }, clock);
    this.trustedProxies = trustedProxies;
  }

  /** @param identified the middleware that identify() returns: it verifies the token */
  around(identified: Middleware<Identified>): Middleware<Identified> {
    return async (ctx, next) => {
      const token = presented(ctx.req.headers.authorization);
      const secondsLeft =
        token === undefined || this.recentlyValid.has(token) ? 0 : this.counts.secondsLeft(this.networkOf(ctx.req));
      if (secondsLeft > 0) {
        ctx.state.rejection = limitExceeded(ctx, this.counts.policy, secondsLeft);
        throw ctx.state.rejection;
      }
      await identified(ctx, () => {
        // The token is counted before the request waits for anything else, because the next token may be here already.
        if (token !== undefined) this.learn(token, ctx);
        return next();
      });
    };
  }

  private learn(token: string, { state: { actor, rejection }, req }: ParameterizedContext<Identified>): void {
    if (actor) this.recentlyValid.add(token);
    else if (rejection instanceof TokenRejected && rejection.code === 'token_invalid') {
      this.recentlyValid.remove(token);
      this.counts.add(this.networkOf(req));
    }
  }

  private networkOf(request: IncomingMessage): string {
    return clientNetwork(request, this.trustedProxies);
  }
}

/** Returns everything after the first word of the header, so that a token is the same however its scheme is spelt. */
function presented(authorization: string | undefined): string | undefined {
  return authorization?.slice(authorization.search(/[ \t][^ \t]/) + 1);
}
