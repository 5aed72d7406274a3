import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { until } from '../wait-until.ts';

export const clusterOneBrokerLost: Fault = {
  name: 'cluster-one-broker-lost',
  breaks: 'of three brokers one that leads partitions is killed; events go on; it comes back',
  brokers: 3,
  async inflict({ brokers, chance, topic, outbox }) {
    await sleep(chance.between(50, 600));
    const leader = chance.pick(await topic.leaders());
    const lost = brokers.servers[leader - 1];
    if (!lost) return 0;
    lost.kill('SIGKILL');
    await lost.exited;
    const before = await outbox.removed();
    try {
      await sleep(chance.between(500, 2000));
      // What was written since is published without it.
      await outbox.published(25_000);
      return (await outbox.removed()) - before;
    } finally {
      await lost.restart();
      await until('all replicas have everything', 30_000, async () => ((await topic.isWhole()) ? true : undefined));
    }
  },
};
