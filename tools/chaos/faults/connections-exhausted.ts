import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Fault } from '../fault.ts';
import { until } from '../until.ts';

export const connectionsExhausted: Fault = {
  name: 'connections-exhausted',
  breaks:
    'others take all of PostgreSQL’s connections, and the relays’ sessions end: they cannot come back for a while',
  brokers: 1,
  stragglers: true,
  async inflict({ chance, outbox }) {
    const ours = new pg.Client({ connectionString: outbox.url });
    await ours.connect();
    const others = new Set<pg.Client>();
    let greedy = true;
    /** Takes whatever becomes free. */
    const take = async () => {
      while (greedy) {
        const client = new pg.Client({ connectionString: outbox.url, application_name: 'chaos' });
        client.on('error', () => undefined);
        try {
          await client.connect();
          others.add(client);
        } catch {
          await sleep(5);
        }
      }
    };
    const takers = [take(), take(), take()];
    try {
      await until('all relays are without a session', 20_000, async () => {
        const sessions = await outbox.sessions(ours);
        for (const { pid } of sessions) await outbox.terminate(pid, ours);
        return sessions.length === 0 ? true : undefined;
      });
      await sleep(chance.between(500, 2000));
      // None has come back: there was no room.
      return (await outbox.sessions(ours)).length === 0 ? others.size : 0;
    } finally {
      greedy = false;
      await Promise.all(takers);
      await Promise.all([...others, ours].map((client) => client.end()));
    }
  },
};
