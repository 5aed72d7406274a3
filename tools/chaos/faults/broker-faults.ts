import { setTimeout as sleep } from 'node:timers/promises';
import { pickSome } from '../random-choices.ts';
import { waitUntil } from '../wait-until.ts';
import { BrokenPromise, type Fault } from './fault.ts';
import { randomMoment } from './random-moment.ts';

export const brokerKilled: Fault = {
  name: 'broker-killed',
  breaks: 'the only broker is killed (SIGKILL) and started again',
  brokers: 1,
  async inflict(system) {
    const { brokers, random } = system;
    await randomMoment(system);
    let killed = 0;
    for (const server of brokers.servers) {
      server.kill('SIGKILL');
      await server.exited;
      await sleep(random.between(0, 1000));
      await server.restart();
      killed += 1;
    }
    return killed;
  },
};

export const clusterOneBrokerLost: Fault = {
  name: 'cluster-one-broker-lost',
  breaks: 'one of three brokers, a leader of partitions, is killed; events are published without it; it comes back',
  brokers: 3,
  async inflict({ brokers, random, topic, outbox }) {
    await sleep(random.between(50, 600));
    const leader = random.pick(await topic.leaders());
    const lost = brokers.servers[leader - 1];
    if (!lost) return 0;
    lost.kill('SIGKILL');
    await lost.exited;
    const before = await outbox.countRemoved();
    try {
      await sleep(random.between(500, 2000));
      await outbox.waitUntilPublished(25_000);
      return (await outbox.countRemoved()) - before;
    } finally {
      await lost.restart();
      await waitUntil('all replicas are in sync', 30_000, async () => ((await topic.isInSync()) ? true : undefined));
    }
  },
};

/** Milliseconds after which every event that Kafka confirmed earlier is removed from the outbox. */
const SETTLED_MS = 1000;

export const clusterTwoBrokersLost: Fault = {
  name: 'cluster-two-brokers-lost',
  breaks: 'two of three brokers are killed: Kafka can confirm nothing until they come back',
  brokers: 3,
  async inflict({ brokers, random, topic, outbox }) {
    await sleep(random.between(50, 600));
    const lost = pickSome(brokers.servers, 2, random);
    for (const server of lost) server.kill('SIGKILL');
    await Promise.all(lost.map(({ exited }) => exited));
    try {
      await sleep(SETTLED_MS);
      const before = await outbox.countRemoved();
      await sleep(random.between(1000, 3000));
      const falsely = (await outbox.countRemoved()) - before;
      if (falsely > 0)
        throw new BrokenPromise(`${falsely} events were acknowledged while no two brokers could have stored them`);
    } finally {
      await Promise.all(lost.map((server) => server.restart()));
      await waitUntil('all replicas are in sync', 30_000, async () => ((await topic.isInSync()) ? true : undefined));
    }
    return lost.length;
  },
};
