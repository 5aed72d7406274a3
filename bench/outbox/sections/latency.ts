import { setTimeout as sleep } from 'node:timers/promises';
import { inTurn, percentile, Rounds } from '../../figures.ts';
import { Child } from '../processes/child.ts';
import type { Arrival, ConsumerQuestion } from '../processes/consumer-process.ts';
import type { WriterQuestion } from '../processes/writer-process.ts';
import type { Written } from '../scheduled-writes.ts';
import { waitUntilDrained, type BenchmarkServers } from '../servers/benchmark-servers.ts';
import type { KafkaClientName } from '../servers/relay.ts';
import type { Scale, Section } from './section.ts';

const RATES = [50, 200, 1000];
const CLIENTS: readonly KafkaClientName[] = ['kafkajs', 'platformatic'];
const PERCENTS = [50, 90, 99, 100];
const WARM_UP = { perSecond: 200, seconds: 5, seed: 1 };

/** Measures the time from a commit until a consumer has the event, at rates that do not drop when something is slow. */
export async function measureLatency(servers: BenchmarkServers, { rounds, seconds }: Scale): Promise<Section> {
  const consumer = startConsumer(servers);
  const arms: { client: KafkaClientName; writer: Child<WriterQuestion, Written[]>; database: string }[] = [];
  const figures = new Rounds();
  try {
    await consumer.ask('ready');
    for (const client of CLIENTS) {
      const database = await servers.database();
      const writer = new Child<WriterQuestion, Written[]>('processes/writer-process.ts', database);
      arms.push({ client, writer, database });
    }
    const relays = await Promise.all(arms.map(({ database, client }) => servers.relay(database, client)));
    try {
      for (const { writer, database } of arms) {
        await writer.ask(WARM_UP);
        await waitUntilDrained(database);
      }
      for (let round = 0; round < rounds; round += 1)
        for (const perSecond of RATES)
          for (const { client, writer, database } of inTurn(arms, round)) {
            await consumer.ask('received');
            const written = await writer.ask({ perSecond, seconds, seed: round + 2 });
            await waitUntilDrained(database);
            const { fromCommit, fromIntended } = await latencies(consumer, written);
            for (const percent of PERCENTS) {
              figures.add(`${client}, ${perSecond}/s, from commit, p${percent}`, percentile(fromCommit, percent));
              figures.add(`${client}, ${perSecond}/s, from intended, p${percent}`, percentile(fromIntended, percent));
            }
          }
    } finally {
      await Promise.all(relays.map((relay) => relay.stop()));
    }
  } finally {
    await Promise.all([consumer.stop(), ...arms.map(({ writer }) => writer.stop())]);
  }
  return {
    name: 'latency',
    title: 'From the commit to the consumer',
    how:
      `Milliseconds until a consumer in another process has the event: from the return of COMMIT, and from the intended begin of the transaction. ` +
      `Transactions begin by a random schedule (Poisson), even when earlier ones have not ended. Each arm lasts ${seconds} seconds. Every event has to arrive.`,
    columns: ['relay', 'events/s', 'from', 'p50', 'p90', 'p99', 'max'],
    rows: CLIENTS.flatMap((client) =>
      RATES.flatMap((perSecond) =>
        ['commit', 'intended'].map((from) => [
          client,
          String(perSecond),
          from,
          ...PERCENTS.map((percent) => figures.spread(`${client}, ${perSecond}/s, from ${from}, p${percent}`, 1)),
        ]),
      ),
    ),
    figures: figures.all(),
  };
}

export function startConsumer(servers: BenchmarkServers): Child<ConsumerQuestion, Arrival[]> {
  const { topic, kafka } = servers;
  const settings = { client: 'kafkajs', brokers: [kafka.brokers], topic: topic.name, ssl: false };
  return new Child('processes/consumer-process.ts', settings);
}

/** Waits until every written event has arrived. @throws Error when one does not. */
export async function latencies(consumer: Child<ConsumerQuestion, Arrival[]>, written: readonly Written[]) {
  const arrivedAt = new Map<string, number>();
  const deadline = performance.now() + 10_000;
  while (!written.every(({ id }) => arrivedAt.has(id))) {
    if (performance.now() > deadline) throw new Error('Some events did not arrive within 10 seconds.');
    await sleep(200);
    for (const { id, at } of await consumer.ask('received')) if (!arrivedAt.has(id)) arrivedAt.set(id, at);
  }
  const since = (instant: (each: Written) => number) =>
    written.map((each) => (arrivedAt.get(each.id) ?? Number.NaN) - instant(each));
  return { fromCommit: since(({ committed }) => committed), fromIntended: since(({ intended }) => intended) };
}
