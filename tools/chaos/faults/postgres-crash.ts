import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { someMoment } from './random-moment.ts';

export const postgresCrash: Fault = {
  name: 'postgres-crash',
  breaks: 'PostgreSQL stops at once (SIGQUIT), and is started again: it recovers from its log',
  brokers: 1,
  stragglers: true,
  async inflict(scene) {
    const { chance, postgres } = scene;
    await someMoment(scene);
    postgres.kill('SIGQUIT');
    await postgres.exited;
    await sleep(chance.between(0, 1000));
    await postgres.restart();
    return 1;
  },
};
