import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

export const postgresCrash: Fault = {
  name: 'postgres-crash',
  breaks: 'PostgreSQL stops at once (SIGQUIT), and is started again: it recovers from its log',
  brokers: 1,
  stragglers: true,
  async inflict({ chance, postgres }) {
    await sleep(chance.between(50, 600));
    postgres.kill('SIGQUIT');
    await postgres.exited;
    await sleep(chance.between(0, 1000));
    await postgres.restart();
    return 1;
  },
};
