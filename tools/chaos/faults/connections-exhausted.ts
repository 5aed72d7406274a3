import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Fault } from './fault.ts';
import { until } from '../wait-until.ts';

/** After so many looks at which no relay had a session, there is no room for one. */
const QUIET_LOOKS = 5;

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
    let refused = 0;
    /** Takes whatever becomes free. */
    const take = async () => {
      while (greedy) {
        const client = new pg.Client({ connectionString: outbox.url, application_name: 'chaos' });
        client.on('error', () => undefined);
        try {
          await client.connect();
          others.add(client);
        } catch {
          refused += 1;
          await sleep(2);
        }
      }
    };
    /** A relay may be faster than those who take, now and then. @returns how many were there to be ended */
    const endSessions = async () => {
      const sessions = await outbox.sessions(ours);
      for (const { pid } of sessions) await outbox.terminate(pid, ours);
      return sessions.length;
    };
    const takers = [take(), take(), take()];
    try {
      await until('no connection is free', 20_000, () => (refused > 0 ? true : undefined));
      let quiet = 0;
      await until('all relays are without a session', 20_000, async () => {
        quiet = (await endSessions()) === 0 ? quiet + 1 : 0;
        return quiet >= QUIET_LOOKS ? true : undefined;
      });
      const end = performance.now() + chance.between(500, 2000);
      let without = 0;
      while (performance.now() < end) {
        if ((await endSessions()) === 0) without += 1;
        await sleep(20);
      }
      return without;
    } finally {
      greedy = false;
      await Promise.all(takers);
      await Promise.all([...others, ours].map((client) => client.end()));
    }
  },
};
