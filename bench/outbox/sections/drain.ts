import { inTurn, median, Rounds } from '../../figures.ts';
import { Child } from '../processes/child.ts';
import type { RawQuestion } from '../processes/raw-client-process.ts';
import { fillOutbox, MANY_KEYS, VALUE_BYTES } from '../records.ts';
import { type BenchmarkServers, cleanUp } from '../servers/benchmark-servers.ts';
import { type KafkaClientName, type Relay, residentMiB } from '../servers/relay.ts';
import { PARTITIONS } from '../servers/topic.ts';
import type { Scale, Section } from './section.ts';

const CLIENTS: readonly KafkaClientName[] = ['kafkajs', 'platformatic'];
/** Events to drain before the measurement, until the JavaScript code has been compiled. */
export const WARM_UP_EVENTS = 20_000;

type Arm = {
  readonly name: string;
  /** Appends events to the topic. */
  send(events: number, keys: number): Promise<unknown>;
  /** Cleans up before the next arm. */
  after(): Promise<void>;
  residentMiB(): number;
  stop(): Promise<void>;
};

/** Measures how fast a backlog of many keys or of one key drains: with the relay, and with its Kafka client alone. */
export async function measureDrain(servers: BenchmarkServers, { rounds, events }: Scale): Promise<Section> {
  const arms: Arm[] = [];
  const rates = new Rounds();
  const resident = new Rounds();
  try {
    for (const client of CLIENTS) arms.push(rawClient(servers, client), await relay(servers, client));
    const once = async (arm: Arm, count: number, keys: number) => {
      const rate = await servers.topic.rateOf(count, () => arm.send(count, keys));
      await arm.after();
      return rate;
    };
    for (const arm of arms) {
      resident.add(`${arm.name}, before`, arm.residentMiB());
      await once(arm, Math.min(WARM_UP_EVENTS, events), MANY_KEYS);
    }
    for (let round = 0; round < rounds; round += 1)
      for (const arm of inTurn(arms, round)) {
        rates.add(arm.name, await once(arm, events, MANY_KEYS));
        rates.add(`${arm.name}, hot key`, await once(arm, events, 1));
        resident.add(arm.name, arm.residentMiB());
      }
  } finally {
    await Promise.all(arms.map((arm) => arm.stop()));
  }
  const rows = CLIENTS.flatMap((client) => {
    const [raw, relayed] = [`raw ${client}`, `relay ${client}`];
    const memory = (name: string) => `${median(resident.of(`${name}, before`)).toFixed(0)} → ${resident.spread(name)}`;
    return [
      [raw, rates.spread(raw), '', rates.spread(`${raw}, hot key`), '', '', memory(raw)],
      [
        relayed,
        rates.spread(relayed),
        rates.ratio(relayed, raw),
        rates.spread(`${relayed}, hot key`),
        rates.ratio(`${relayed}, hot key`, `${raw}, hot key`),
        rates.ratio(`${relayed}, hot key`, relayed),
        memory(relayed),
      ],
    ];
  });
  return {
    name: 'drain',
    title: 'Draining a backlog',
    how:
      `${events.toLocaleString('en')} events wait, each of ${VALUE_BYTES} bytes with nine headers. They have ${MANY_KEYS} keys or one key, and the topic has ${PARTITIONS} partitions. ` +
      `Raw means the same client with the same records from memory, in batches of 500, idempotent, acknowledged by all replicas.`,
    columns: [
      'program',
      'events/s, many keys',
      'of raw',
      'events/s, one key',
      'of raw, one key',
      'of many keys',
      'MiB before → after',
    ],
    rows,
    figures: { ...rates.all(), ...prefixed('MiB, ', resident.all()) },
  };
}

function rawClient(servers: BenchmarkServers, client: KafkaClientName): Arm {
  const { topic, kafka } = servers;
  const settings = { client, brokers: [kafka.brokers], topic: topic.name, ssl: false };
  const child = new Child<RawQuestion, boolean>('processes/raw-client-process.ts', settings);
  return {
    name: `raw ${client}`,
    send: (events, keys) => child.ask({ events, keys }),
    after: async () => undefined,
    residentMiB: () => residentMiB(child.pid),
    stop: () => child.stop(),
  };
}

async function relay(servers: BenchmarkServers, client: KafkaClientName): Promise<Arm> {
  const database = await servers.database();
  const process: Relay = await servers.relay(database, client);
  return {
    name: `relay ${client}`,
    send: (events, keys) => fillOutbox(database, events, keys),
    after: () => cleanUp(database),
    residentMiB: () => process.residentMiB(),
    stop: () => process.stop(),
  };
}

function prefixed<T>(prefix: string, figures: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(figures).map(([name, list]) => [prefix + name, list]));
}
