import { setTimeout as sleep } from 'node:timers/promises';
import { proxyOf } from '../system/brokers.ts';
import type { Fault } from './fault.ts';
import { until } from '../wait-until.ts';

export const ackSwallowed: Fault = {
  name: 'ack-swallowed',
  breaks: 'Kafka takes the records, its answer is thrown away and the connection cut, one to four times',
  brokers: 1,
  async inflict({ chance, brokers }) {
    const proxy = proxyOf(brokers);
    const before = proxy.swallowed;
    const answers = chance.between(1, 4);
    for (let n = 1; n <= answers; n += 1) {
      await sleep(chance.between(0, 400));
      proxy.swallow(1);
      await until('an answer to swallow', 20_000, () => (proxy.swallowed >= before + n ? true : undefined));
    }
    return proxy.swallowed - before;
  },
};
