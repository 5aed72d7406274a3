// @ts-expect-error The types of kafkajs describe its public part alone.
import RequestQueueOfKafkajs from 'kafkajs/src/network/requestQueue/index.js';

/** The part of kafkajs's queue of requests to one broker that this file needs. */
export type RequestQueue = {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970 until which the broker has asked the client to send nothing. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
};

/** Milliseconds after which kafkajs looks again at requests that wait for an earlier response. */
const CHECK_AGAIN_MS = 10;

const { prototype } = RequestQueueOfKafkajs as { readonly prototype: RequestQueue };
if (typeof prototype.scheduleCheckPendingRequests !== 'function')
  throw new Error('This version of kafkajs arms its timers elsewhere: compare kafkajs/request-queue.ts with it.');

/**
 * Replaces one method of kafkajs 2.2.4, for every client of this process, when this file is loaded. The original arms a
 * timer with a negative delay again and again, also while no request waits (kafkajs issue 1751): an idle relay woke up
 * some 900 times a second, and Node 24 warns about each such timer. This method arms one only while requests wait.
 */
prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const throttledFor = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledFor > 0 ? throttledFor : CHECK_AGAIN_MS,
  );
};
