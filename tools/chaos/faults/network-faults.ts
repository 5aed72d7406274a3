import { setTimeout as sleep } from 'node:timers/promises';
import { proxyOf } from '../system/brokers.ts';
import { waitUntil } from '../wait-until.ts';
import type { Fault } from './fault.ts';

export const ackSwallowed: Fault = {
  name: 'ack-swallowed',
  breaks: 'one to four times, Kafka stores records, but its response is thrown away and the connection is cut',
  brokers: 1,
  async inflict({ random, brokers }) {
    const proxy = proxyOf(brokers);
    const before = proxy.swallowed;
    const responses = random.between(1, 4);
    for (let n = 1; n <= responses; n += 1) {
      await sleep(random.between(0, 400));
      proxy.swallow(1);
      await waitUntil('the proxy swallows a response', 20_000, () =>
        proxy.swallowed >= before + n ? true : undefined,
      );
    }
    return proxy.swallowed - before;
  },
};

/** Mean delay in each direction, in milliseconds. */
const MEAN_MS = 200;
/** Largest difference from the mean, in milliseconds. */
const JITTER_MS = 100;

export const latency: Fault = {
  name: 'latency',
  breaks: 'each request to Kafka and each response takes 100 to 300 ms longer, for two to four seconds',
  brokers: 1,
  async inflict({ random, brokers }) {
    const proxy = proxyOf(brokers);
    const before = proxy.delayed;
    const endDelay = proxy.delay(() => MEAN_MS + (2 * random.fraction() - 1) * JITTER_MS);
    try {
      await sleep(random.between(2000, 4000));
    } finally {
      endDelay();
    }
    return proxy.delayed - before;
  },
};
