import pg from 'pg';
import { query } from '../../databases.ts';
import { inTurn, Rounds } from '../../figures.ts';
import { fillOutbox, MANY_KEYS } from '../records.ts';
import { type BenchmarkServers, cleanUp } from '../servers/benchmark-servers.ts';
import { WARM_UP_EVENTS } from './drain.ts';
import type { Scale, Section } from './section.ts';

const CLIENT = 'platformatic';

type Arm = {
  readonly name: string;
  readonly events: number;
  /** Statements of a transaction that stays open meanwhile. */
  readonly hold?: readonly string[];
  readonly retained?: true;
};

/** Measures how fast backlogs of several sizes drain, with long transactions beside them, and with retention. */
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
    { name: 'published events are retained', events, retained: true },
  ];
  const rates = new Rounds();
  const ordinary = await servers.database();
  await query(ordinary, 'CREATE TABLE elsewhere (number int)');
  const retaining = await servers.database();
  const relays = [
    await servers.relay(ordinary, CLIENT),
    await servers.relay(retaining, CLIENT, { OUTBOX_RETENTION_HOURS: '24' }),
  ];
  const once = async (arm: Arm) => {
    const database = arm.retained ? retaining : ordinary;
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
    await once({ ...warmUp, retained: true });
    for (let round = 0; round < rounds; round += 1)
      for (const arm of inTurn(arms, round)) rates.add(arm.name, await once(arm));
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
  }
  return {
    name: 'conditions',
    title: 'Draining under conditions',
    how:
      `The relay runs with KAFKA_CLIENT=${CLIENT}, with which the database’s part is the largest. The other transaction begins before the ` +
      `${events.toLocaleString('en')} events are written to the same database, and lasts until they are on the topic. Retained events are those of a relay with OUTBOX_RETENTION_HOURS=24.`,
    columns: ['backlog or condition', 'events/s', `of ${usual.name}`],
    rows: arms.map(({ name }) => [name, rates.spread(name), name === usual.name ? '' : rates.ratio(name, usual.name)]),
    figures: rates.all(),
  };
}
