import { setTimeout as sleep } from 'node:timers/promises';
import { proxyOf } from '../system/brokers.ts';
import type { Fault } from './fault.ts';

/** Milliseconds in each direction. */
const MEAN = 200;
const JITTER = 100;

export const latency: Fault = {
  name: 'latency',
  breaks: 'each request to Kafka and each answer takes 100 to 300 ms longer, for two to four seconds',
  brokers: 1,
  async inflict({ chance, brokers }) {
    const proxy = proxyOf(brokers);
    const before = proxy.delayed;
    const end = proxy.delay(() => MEAN + (2 * chance.random() - 1) * JITTER);
    try {
      await sleep(chance.between(2000, 4000));
    } finally {
      end();
    }
    return proxy.delayed - before;
  },
};
