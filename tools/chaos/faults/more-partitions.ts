import { setTimeout as sleep } from 'node:timers/promises';
import { createPartitions } from '../../local/kafka/kafka-admin.ts';
import { BrokenPromise, type Fault } from './fault.ts';
import { PARTITIONS } from '../system/topic.ts';

export const morePartitions: Fault = {
  name: 'more-partitions',
  breaks: 'the topic gets more partitions while events flow, and relays are replaced one by one: keys move',
  brokers: 1,
  partitionsChanged: true,
  async inflict({ brokers, chance, topic, relays }) {
    await sleep(chance.between(50, 500));
    await createPartitions(brokers.addresses, topic.name, PARTITIONS + chance.between(1, 6));
    // A client may go by the old number for minutes; one that starts now does not.
    for (const relay of relays.each()) {
      await sleep(chance.between(0, 300));
      relay.process.kill('SIGTERM');
      const code = await relay.process.exited;
      if (code !== 0) throw new BrokenPromise(`${relay.name} ended with ${String(code)} when it was asked to stop`);
      await relays.restart(relay);
    }
    return 1;
  },
  tracesIn({ records }) {
    const partitions = Map.groupBy(records, ({ key }) => key);
    return [...partitions.values()].filter((each) => new Set(each.map(({ partition }) => partition)).size > 1).length;
  },
};
