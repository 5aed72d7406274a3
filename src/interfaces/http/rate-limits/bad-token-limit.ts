import type { IncomingMessage } from 'node:http';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Clock } from '#application/ports/system/clock';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { RateLimitPolicy } from '#application/ports/system/rate-limiter';
import type { Identified } from '../authentication/bearer-token.ts';
import { clientNetwork } from '../requests/client-network.ts';
import { limitExceeded, WINDOW_SECONDS } from './request-limit.ts';

/** Most networks that are remembered: about 2 MB. */
const MOST_NETWORKS = 20_000;

type Count = { tokens: number; readonly until: number };

/** How many bad tokens came from each network, as this process saw it. The first one opens a window. */
export class BadTokens {
  readonly policy: RateLimitPolicy;
  private readonly clock: Clock;
  /** The oldest first. */
  private readonly counts = new Map<string, Count>();

  constructor(policy: RateLimitPolicy, clock: Clock) {
    this.policy = policy;
    this.clock = clock;
  }

  /** @returns until the network may send tokens again; 0 when it may. */
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

  /** A tenth at once: one by one, the map would step over all that it removed before. */
  private forgetOldest(): void {
    for (const network of this.counts.keys()) {
      this.counts.delete(network);
      if (this.counts.size <= MOST_NETWORKS * 0.9) return;
    }
  }
}

/** At most twice as many are remembered: about 8 MB. */
const ENOUGH = 10_000;

/**
 * Tokens that were good when they were last seen, at least the last 10,000 of them. To be here proves nothing: it only
 * makes a token worth verifying.
 */
export class GoodTokens {
  private recent = new Set<string>();
  private older = new Set<string>();

  has(token: string): boolean {
    return this.recent.has(token) || this.older.has(token);
  }

  add(token: string): void {
    if (this.recent.size >= ENOUGH) {
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
 * Stops a network that sends bad token after bad token, before the next one is verified. Tokens that were good before
 * are verified all the same, so that whoever shares an address with somebody who guesses can go on.
 *
 * Only `token_invalid` counts: every other refusal is of a token that the issuer did sign, as an honest app sends it that
 * has not noticed yet, and many phones may share an address.
 */
export class TokenBurst {
  private readonly bad: BadTokens;
  private readonly good = new GoodTokens();
  private readonly trustedProxies: number;

  /** @param limit how many bad tokens of a network are verified in a minute */
  constructor(limit: number, clock: Clock, trustedProxies: number) {
    this.bad = new BadTokens({ name: 'authentication', limit, windowSeconds: WINDOW_SECONDS }, clock);
    this.trustedProxies = trustedProxies;
  }

  /** @param identified finds out who asks: identify() */
  around(identified: Middleware<Identified>): Middleware<Identified> {
    return async (ctx, next) => {
      const token = presented(ctx.req.headers.authorization);
      const secondsLeft =
        token === undefined || this.good.has(token) ? 0 : this.bad.secondsLeft(this.networkOf(ctx.req));
      if (secondsLeft > 0) {
        ctx.state.rejection = limitExceeded(ctx, this.bad.policy, secondsLeft);
        throw ctx.state.rejection;
      }
      await identified(ctx, () => {
        // Before anything else is waited for: the next token may be here already.
        if (token !== undefined) this.learn(token, ctx);
        return next();
      });
    };
  }

  private learn(token: string, { state: { actor, rejection }, req }: ParameterizedContext<Identified>): void {
    if (actor) this.good.add(token);
    else if (rejection instanceof TokenRejected && rejection.code === 'token_invalid') {
      this.good.remove(token);
      this.bad.add(this.networkOf(req));
    }
  }

  private networkOf(request: IncomingMessage): string {
    return clientNetwork(request, this.trustedProxies);
  }
}

/** The second word of the header: a token is the same, however its scheme is spelt. */
function presented(authorization: string | undefined): string | undefined {
  return authorization?.slice(authorization.search(/[ \t][^ \t]/) + 1);
}
