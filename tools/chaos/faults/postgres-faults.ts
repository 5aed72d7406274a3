import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { waitUntil } from '../wait-until.ts';
import type { Fault } from './fault.ts';
import { randomMoment } from './random-moment.ts';

export const sessionTerminated: Fault = {
  name: 'session-terminated',
  breaks: 'two to five times, pg_terminate_backend ends one or all of the sessions that hold bucket locks',
  brokers: 1,
  stragglers: true,
  async inflict(system) {
    const { random, outbox } = system;
    const times = random.between(2, 5);
    let hits = 0;
    for (let n = 0; n < times; n += 1) {
      const endAll = random.fraction() < 0.3;
      const chosen = random.fraction();
      await randomMoment(system);
      hits += await waitUntil('a session is there to be ended', 20_000, async () => {
        const sessions = (await outbox.sessions()).filter(({ buckets }) => buckets > 0);
        const victims = endAll ? sessions : sessions.slice(Math.floor(chosen * sessions.length)).slice(0, 1);
        const ended = await Promise.all(victims.map(({ pid }) => outbox.terminate(pid)));
        return ended.filter(Boolean).length || undefined;
      });
    }
    return hits;
  },
};

export const postgresCrash: Fault = {
  name: 'postgres-crash',
  breaks: 'PostgreSQL stops at once (SIGQUIT), is started again and recovers from its log',
  brokers: 1,
  stragglers: true,
  async inflict(system) {
    const { random, postgres } = system;
    await randomMoment(system);
    postgres.kill('SIGQUIT');
    await postgres.exited;
    await sleep(random.between(0, 1000));
    await postgres.restart();
    return 1;
  },
};

/** Number of probes in a row that must find no relay session, which shows that no connection is left for a relay. */
const QUIET_PROBES = 5;

export const connectionsExhausted: Fault = {
  name: 'connections-exhausted',
  breaks:
    'other clients take all connections of PostgreSQL and the relays’ sessions are ended: no relay can reconnect for a while',
  brokers: 1,
  stragglers: true,
  async inflict({ random, outbox }) {
    const ours = new pg.Client({ connectionString: outbox.url });
    await ours.connect();
    const others = new Set<pg.Client>();
    let greedy = true;
    let refused = 0;
    /** Takes every connection that becomes free. */
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
    /** Ends the sessions of relays that were faster than the takers. @returns how many there were. */
    const endSessions = async () => {
      const sessions = await outbox.sessions(ours);
      for (const { pid } of sessions) await outbox.terminate(pid, ours);
      return sessions.length;
    };
    const takers = [take(), take(), take()];
    try {
      await waitUntil('no connection is free', 20_000, () => (refused > 0 ? true : undefined));
      let quiet = 0;
      await waitUntil('no relay has a session', 20_000, async () => {
        quiet = (await endSessions()) === 0 ? quiet + 1 : 0;
        return quiet >= QUIET_PROBES ? true : undefined;
      });
      const end = performance.now() + random.between(500, 2000);
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
