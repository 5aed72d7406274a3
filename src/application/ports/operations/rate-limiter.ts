/** The number of times that an action is allowed for one key within one window. */
export type RateLimitPolicy = {
  /** The policy's name, in lower-case letters only, because clients see it in a header. */
  readonly name: string;
  /** Number of actions that one window allows. */
  readonly limit: number;
  readonly windowSeconds: number;
};

export type Allowance = {
  readonly allowed: boolean;
  /**
   * Number of actions that the window still allows, as far as this process knows: other processes may have used some.
   */
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly secondsLeft: number;
};

/** Counts actions against limits. All processes with the same storage share the counts. */
export abstract class RateLimiter {
  /**
   * Counts one action for the key, if the policy allows it. The first action opens the window, and refused actions do not
   * extend it. A window never allows more than the limit; with several processes the limit can apply slightly early.
   * The method does not fail: while the storage is unavailable, each process grants the limit by itself.
   */
  abstract take(policy: RateLimitPolicy, key: string): Promise<Allowance>;
}
