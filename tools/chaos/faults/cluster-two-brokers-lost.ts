import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenPromise, type Fault } from './fault.ts';
import { until } from '../wait-until.ts';
import { some } from './several-at-once.ts';

/** Milliseconds after which what was confirmed before is acknowledged, too. */
const SETTLED_MS = 1000;

export const clusterTwoBrokersLost: Fault = {
  name: 'cluster-two-brokers-lost',
  breaks: 'of three brokers two are killed: nothing can be confirmed, until they come back',
  brokers: 3,
  async inflict({ brokers, chance, topic, outbox }) {
    await sleep(chance.between(50, 600));
    const lost = some(brokers.servers, 2, chance);
    for (const server of lost) server.kill('SIGKILL');
    await Promise.all(lost.map(({ exited }) => exited));
    try {
      await sleep(SETTLED_MS);
      const before = await outbox.removed();
      await sleep(chance.between(1000, 3000));
      const falsely = (await outbox.removed()) - before;
      if (falsely > 0) throw new BrokenPromise(`${falsely} events were acknowledged that no two brokers can have`);
    } finally {
      await Promise.all(lost.map((server) => server.restart()));
      await until('all replicas have everything', 30_000, async () => ((await topic.isWhole()) ? true : undefined));
    }
    return lost.length;
  },
};
