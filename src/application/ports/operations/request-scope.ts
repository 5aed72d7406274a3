export type RequestIdentity = {
  /** The X-Request-Id of the response, which log lines and problem details hold as well. */
  readonly requestId: string;
  /** The header of W3C Trace Context that continues the caller's trace. Every event carries it. */
  readonly traceparent: string;
};

/** Knows which request the running code serves, across every await, so that logs and events need no extra argument. */
export abstract class RequestScope {
  /** Runs the work, and everything that it starts, as a part of this request. @returns the result of the work. */
  abstract run<T>(identity: RequestIdentity, work: () => T): T;

  /** @returns the request that the running code serves; undefined outside of a request, for example in the relay. */
  abstract current(): RequestIdentity | undefined;
}
