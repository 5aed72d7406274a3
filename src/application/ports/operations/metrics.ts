import type { OutboxBacklog } from './health.ts';

/**
 * Why somebody was not authenticated: the code of the answer. `bad_request` is more than one Authorization header, and
 * `rate_limited` a token that nobody looked at, since too many from the same network were bad.
 */
export const AUTHENTICATION_FAILURES = [
  'authorization_malformed',
  'bad_request',
  'rate_limited',
  'token_expired',
  'token_invalid',
  'token_missing',
  'token_not_yet_valid',
  'token_revoked',
  'token_wrong_type',
] as const;

export type AuthenticationFailure = (typeof AUTHENTICATION_FAILURES)[number];

export type AnsweredRequest = {
  readonly method: string;
  /** The pattern of the path, and "none" where there is no such path: paths hold whatever clients put into them. */
  readonly route: string;
  /** Of the answer, 100 to 599. */
  readonly status: number;
  readonly seconds: number;
};

export type MetricsReport = { readonly contentType: string; readonly text: string };

/** Counts what happens since the process began, for whoever runs it. Counting costs microseconds, and never fails. */
export abstract class Metrics {
  abstract requestAnswered(request: AnsweredRequest): void;
  abstract authenticationFailed(reason: AuthenticationFailure): void;
  /** @param count of events that the broker has, and that have left the outbox. */
  abstract eventsPublished(count: number): void;
  /** The relay could not go on, and will try again. */
  abstract relayFailed(): void;
  /** To be told when it is known, and whenever it is another number. */
  abstract topicHasPartitions(count: number): void;

  /**
   * All of it, as a collector reads it.
   * @param backlog undefined when nobody knows it: then nothing is said of it.
   */
  abstract report(backlog: OutboxBacklog | undefined): Promise<MetricsReport>;
}
