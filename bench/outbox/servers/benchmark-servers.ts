import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchKafka } from '../../../tools/local/kafka/kafka-jars.ts';
import { type KafkaServer, startKafka } from '../../../tools/local/kafka/kafka.ts';
import { type PostgresServer, startPostgres } from '../../../tools/local/postgres/postgres.ts';
import { kafkaLibs } from '../../../tools/local/settings.ts';
import { migrate, query } from '../../databases.ts';
import { type KafkaClientName, Relay } from './relay.ts';
import { Topic } from './topic.ts';

const TEMPLATE = 'migrated';

/** The servers of one run, the topic, and databases as the service's migrations make them. */
export class BenchmarkServers {
  readonly postgres: PostgresServer;
  readonly kafka: KafkaServer;
  readonly topic: Topic;
  private databases = 0;

  private constructor(postgres: PostgresServer, kafka: KafkaServer) {
    this.postgres = postgres;
    this.kafka = kafka;
    this.topic = new Topic(kafka.brokers, 'bench.outbox');
  }

  /** PostgreSQL has its default settings, but for those given: every commit is on the disk before it is answered. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<BenchmarkServers> {
    const libs = kafkaLibs(process.env['LOCAL_DIR'] ?? '.local');
    await fetchKafka(libs, () => undefined);
    const folder = (name: string) => mkdtempSync(join(tmpdir(), `opportunities-bench-${name}-`));
    const [postgres, kafka] = await Promise.all([
      startPostgres({ dir: folder('postgres'), database: TEMPLATE, removeOnStop: true, settings }),
      startKafka({ dir: folder('kafka'), libs, removeOnStop: true }),
    ]);
    const servers = new BenchmarkServers(postgres, kafka);
    await servers.topic.create();
    migrate(postgres.url);
    return servers;
  }

  /** A database of its own: relays of one database share its buckets. */
  async database(): Promise<string> {
    this.databases += 1;
    const name = `bench_${this.databases}`;
    const url = (database: string) => this.postgres.url.replace(new RegExp(`${TEMPLATE}$`), database);
    await query(url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return url(name);
  }

  relay(database: string, client: KafkaClientName, environment: Readonly<Record<string, string>> = {}): Promise<Relay> {
    return Relay.start({ database, brokers: this.kafka.brokers, topic: this.topic.name, client, environment });
  }

  async stop(): Promise<void> {
    await this.topic.close();
    await Promise.all([this.postgres.stop(), this.kafka.stop()]);
  }
}

/** Waits until everything is acknowledged. */
export async function waitUntilDrained(database: string): Promise<void> {
  while ((await query(database, 'SELECT FROM outbox LIMIT 1')).length > 0) await sleep(50);
}

/** So that no round pays for the one before. */
export async function cleanUp(database: string): Promise<void> {
  await waitUntilDrained(database);
  await query(database, 'VACUUM outbox');
  await query(database, 'CHECKPOINT');
}
