import type { IncomingMessage } from 'node:http';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Clock } from '#application/ports/clock';
import { TokenRejected } from '#application/ports/token-verifier';
import type { Identified } from './authenticate.ts';
import { BadTokens } from './bad-tokens.ts';
import { clientNetwork } from './client-address.ts';
import { GoodTokens } from './good-tokens.ts';
import { limitExceeded, WINDOW_SECONDS } from './rate-limit.ts';

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
