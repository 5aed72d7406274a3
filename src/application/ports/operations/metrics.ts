import type { OutboxBacklog } from './health.ts';

/**
 * The reasons for which authentication fails: codes of problem details. `bad_request` stands for a second Authorization
 * header, and `rate_limited` for a token that was not verified because its network had sent too many invalid ones.
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
  /** The pattern of the path, or "none" where no route matches: a path itself may hold any text of the client. */
  readonly route: string;
  /** The status code of the response, from 100 to 599. */
  readonly status: number;
  /** Seconds from the request's arrival to the end of the response. */
  readonly seconds: number;
};

export type MetricsReport = { readonly contentType: string; readonly text: string };

/** Counts what this process does, for operators. Counting never fails. */
export abstract class Metrics {
  /** Counts a request that was answered, and notes its duration. */
  abstract requestAnswered(request: AnsweredRequest): void;
  /** Counts a failed authentication. */
  abstract authenticationFailed(reason: AuthenticationFailure): void;
  /** @param count events that the broker has acknowledged and that have left the outbox. */
  abstract eventsPublished(count: number): void;
  /** Counts an attempt of the relay that failed. The relay tries again. */
  abstract relayFailed(): void;
  /** Sets the number of shards of the topic. Callers do so when they first learn the number, and whenever it changes. */
  abstract topicHasShards(count: number): void;

  /**
   * Returns all metrics in the format of the collector.
   * @param backlog undefined when the outbox could not be read: the report then leaves out its metrics.
   */
  abstract report(backlog: OutboxBacklog | undefined): Promise<MetricsReport>;
}
