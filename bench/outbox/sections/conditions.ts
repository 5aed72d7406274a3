import pg from 'pg';
import { query } from '../../databases.ts';
import { inTurn, Rounds } from '../../figures.ts';
import { fillOutbox, MANY_KEYS } from '../records.ts';
import { type BenchmarkServers, cleanUp } from '../servers/benchmark-servers.ts';
import { WARM_UP_EVENTS } from './drain.ts';
import type { Scale, Section } from './section.ts';

const CLIENT = 'platformatic';

type Arm = { readonly name: string; readonly events: number; readonly hold?: readonly string[]; readonly kept?: true };

/** How fast a backlog drains depending on its size, and on what somebody else's transaction does meanwhile. */
export async function measureConditions(servers: BenchmarkServers, { rounds, events, large }: Scale): Promise<Section> {
  const usual: Arm = { name: events.toLocaleString('en'), events };
  const small: Arm = { name: (events / 10).toLocaleString('en'), events: events / 10 };
  const arms: Arm[] = [
    usual,
    small,
    ...(large ? [{ name: (events * 10).toLocaleString('en'), events: events * 10 }] : []),
    {
      name: 'a reader holds a snapshot',
      events,
      hold: ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM elsewhere'],
    },
    { name: 'a writer is idle in transaction', events, hold: ['BEGIN', 'INSERT INTO elsewhere VALUES (1)'] },
    { name: 'what is published is kept', events, kept: true },
  ];
  const rates = new Rounds();
  const usually = await servers.database();
  await query(usually, 'CREATE TABLE elsewhere (number int)');
  const keeping = await servers.database();
  const relays = [
    await servers.relay(usually, CLIENT),
    await servers.relay(keeping, CLIENT, { OUTBOX_RETENTION_HOURS: '24' }),
  ];
  const once = async (arm: Arm) => {
    const database = arm.kept ? keeping : usually;
    const other = new pg.Client({ connectionString: database });
    await other.connect();
    try {
      for (const statement of arm.hold ?? []) await other.query(statement);
      return await servers.topic.rateOf(arm.events, () => fillOutbox(database, arm.events, MANY_KEYS));
    } finally {
      await other.end();
      await cleanUp(database);
    }
  };
  try {
    const warmUp = { name: 'warm-up', events: Math.min(WARM_UP_EVENTS, events) };
    await once(warmUp);
    await once({ ...warmUp, kept: true });
    for (let round = 0; round < rounds; round += 1)
      for (const arm of inTurn(arms, round)) rates.add(arm.name, await once(arm));
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
  }
  return {
    name: 'conditions',
    title: 'Draining under conditions',
    how:
      `The relay with KAFKA_CLIENT=${CLIENT}, where the database’s part is the largest. The other transaction begins before the ` +
      `${events.toLocaleString('en')} events are written, in the same database, and lasts until they are on the topic. Kept is what is published with OUTBOX_RETENTION_HOURS=24.`,
    columns: ['backlog, or what else happens', 'events/s', `of ${usual.name}`],
    rows: arms.map(({ name }) => [name, rates.spread(name), name === usual.name ? '' : rates.ratio(name, usual.name)]),
    figures: rates.all(),
  };
}
