export type RequestIdentity = {
  /** The X-Request-Id: in the answer, in every log line, in problem details. */
  readonly requestId: string;
  /** W3C Trace Context header that continues the caller's trace; goes out with every event. */
  readonly traceparent: string;
};

/** Which request the running code serves: follows every await, so that logs and events need no extra argument. */
export abstract class RequestScope {
  abstract run<T>(identity: RequestIdentity, work: () => T): T;

  /** Undefined outside of a request, as in the relay. */
  abstract current(): RequestIdentity | undefined;
}
