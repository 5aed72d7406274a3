import { query } from '../../databases.ts';
import { inTurn, Rounds } from '../../figures.ts';
import { Child } from '../processes/child.ts';
import type { WriterQuestion } from '../processes/writer-process.ts';
import type { Written } from '../scheduled-writes.ts';
import { waitUntilDrained, type BenchmarkServers } from '../servers/benchmark-servers.ts';
import type { Scale, Section } from './section.ts';

const WRITERS = 8;
const CLIENT = 'kafkajs';

const NOTIFY_INSIDE = [
  `CREATE FUNCTION wake_inside() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY outbox; RETURN NULL; END $$`,
  `CREATE TRIGGER wake_inside AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION wake_inside()`,
];
const NOTIFY_OUTSIDE = ['DROP FUNCTION IF EXISTS wake_inside CASCADE'];

const ARMS = [
  { name: 'no event', event: false, wakeUp: false, inside: false },
  { name: 'event', event: true, wakeUp: false, inside: false },
  { name: 'event, NOTIFY after the commit', event: true, wakeUp: true, inside: false },
  { name: 'event, NOTIFY in the transaction', event: true, wakeUp: false, inside: true },
];

/** Measures how much slower a transaction becomes by writing an event. */
export async function measureWriters(servers: BenchmarkServers, { rounds, seconds }: Scale): Promise<Section> {
  const each = Math.max(1, seconds / 5);
  const database = await servers.database();
  const rates = new Rounds();
  const relay = await servers.relay(database, CLIENT);
  const writer = new Child<WriterQuestion, Written[]>('processes/writer-process.ts', database);
  try {
    await writer.ask({ writers: WRITERS, seconds: each, event: true, wakeUp: true });
    for (let round = 0; round < rounds; round += 1)
      for (const { name, inside, event, wakeUp } of inTurn(ARMS, round)) {
        await waitUntilDrained(database);
        for (const statement of [...NOTIFY_OUTSIDE, ...(inside ? NOTIFY_INSIDE : [])]) await query(database, statement);
        const begun = performance.now();
        const written = await writer.ask({ writers: WRITERS, seconds: each, event, wakeUp });
        rates.add(name, (written.length * 1000) / (performance.now() - begun));
      }
  } finally {
    await Promise.all([writer.stop(), relay.stop()]);
  }
  return {
    name: 'writers',
    title: 'The cost of an event for writers',
    how:
      `${WRITERS} writers in one process commit one transaction after the other: a new opportunity and its event, through the service’s own unit of work. ` +
      `The relay (KAFKA_CLIENT=${CLIENT}) and Kafka run on the same processors.`,
    columns: ['transaction', 'per second', 'of no event', 'of event'],
    rows: ARMS.map(({ name }, place) => [
      name,
      rates.spread(name),
      place > 0 ? rates.ratio(name, 'no event') : '',
      place > 1 ? rates.ratio(name, 'event') : '',
    ]),
    figures: rates.all(),
  };
}
