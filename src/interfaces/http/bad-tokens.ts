import type { Clock } from '#application/ports/clock';
import type { RateLimitPolicy } from '#application/ports/rate-limiter';

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
