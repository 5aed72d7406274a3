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

/** PostgreSQL, Kafka and the topic of one run. Databases are copies of one that the service's migrations made. */
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

  /**
   * Starts the servers. PostgreSQL has its default settings, with which every commit is on disk before it responds.
   * @param settings further settings of PostgreSQL.
   */
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

  /** Creates another database. Each relay needs its own, because relays of one database share its buckets. */
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

/** Waits until every event has been acknowledged. */
export async function waitUntilDrained(database: string): Promise<void> {
  while ((await query(database, 'SELECT FROM outbox LIMIT 1')).length > 0) await sleep(50);
}

/** Drains, vacuums and writes a checkpoint, so that no round pays for the work of the previous one. */
export async function cleanUp(database: string): Promise<void> {
  await waitUntilDrained(database);
  await query(database, 'VACUUM outbox');
  await query(database, 'CHECKPOINT');
}
