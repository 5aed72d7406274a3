import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { someMoment } from './random-moment.ts';

export const brokerKilled: Fault = {
  name: 'broker-killed',
  breaks: 'the only broker is killed (SIGKILL), and started again',
  brokers: 1,
  async inflict(scene) {
    const { brokers, chance } = scene;
    await someMoment(scene);
    let killed = 0;
    for (const server of brokers.servers) {
      server.kill('SIGKILL');
      await server.exited;
      await sleep(chance.between(0, 1000));
      await server.restart();
      killed += 1;
    }
    return killed;
  },
};
