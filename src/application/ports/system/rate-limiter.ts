/** How often something may be done under one key within one window. */
export type RateLimitPolicy = {
  /** Lower-case letters: it is part of a header. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
};

export type Allowance = {
  readonly allowed: boolean;
  /** How many more the window allows, as far as this process knows: others may have taken some of them. */
  readonly remaining: number;
  /** Until the window ends: at least 1. */
  readonly secondsLeft: number;
};

/** Counts what is done, for all processes that share the storage together. */
export abstract class RateLimiter {
  /**
   * Counts one more under the key, if the policy allows it. The first one opens the window, and what is refused does not
   * prolong it. Never more than the limit pass in a window; when several processes serve the same key, a few less may.
   * It does not fail: while the storage is away each process counts by itself, and grants the limit by itself.
   */
  abstract take(policy: RateLimitPolicy, key: string): Promise<Allowance>;
}
