import type { Fault } from './fault.ts';
import { someMoment } from './random-moment.ts';
import { until } from '../wait-until.ts';

export const sessionTerminated: Fault = {
  name: 'session-terminated',
  breaks: 'pg_terminate_backend on sessions that hold the locks, one or all of them, two to five times',
  brokers: 1,
  stragglers: true,
  async inflict(scene) {
    const { chance, outbox } = scene;
    const times = chance.between(2, 5);
    let hits = 0;
    for (let n = 0; n < times; n += 1) {
      const all = chance.random() < 0.3;
      const chosen = chance.random();
      await someMoment(scene);
      hits += await until('a session to end', 20_000, async () => {
        const sessions = (await outbox.sessions()).filter(({ buckets }) => buckets > 0);
        const victims = all ? sessions : sessions.slice(Math.floor(chosen * sessions.length)).slice(0, 1);
        const ended = await Promise.all(victims.map(({ pid }) => outbox.terminate(pid)));
        return ended.filter(Boolean).length || undefined;
      });
    }
    return hits;
  },
};
