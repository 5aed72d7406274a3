import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveKafkaClasses } from '../../../tools/local/kafka/class-archive.ts';
import { createTopic } from '../../../tools/local/kafka/kafka-admin.ts';
import { fetchKafka } from '../../../tools/local/kafka/kafka-jars.ts';
import { kafkaLibs } from '../../../tools/local/settings.ts';
import { missingForKafka } from '../../../tools/local/kafka/kafka-runtime.ts';
import { type KafkaServer, startKafka } from '../../../tools/local/kafka/kafka.ts';
import { type PostgresServer, startPostgres } from '../../../tools/local/postgres/postgres.ts';

/** The jars are fetched once and kept where `npm start` keeps them. */
export const LIBS = kafkaLibs(process.env['LOCAL_DIR'] ?? '.local');
export const TOPIC = 'opportunities.events.v1';

type Servers = { readonly postgres: PostgresServer; readonly kafka: KafkaServer };

let servers: Servers | undefined;

/** The servers of this process. They end together with the process, even when it is killed. */
export function realServers(): Servers {
  if (!servers) throw new Error('Run tests against real servers with: npm run test:real');
  return servers;
}

/** Mocha calls this function once, before all tests. */
export async function mochaGlobalSetup(): Promise<void> {
  const missing = await missingForKafka(LIBS);
  if (missing !== undefined) throw new Error(`The tests need a real broker. ${missing}`);
  await fetchKafka(LIBS, (files) => {
    if (files % 10 === 1) process.stderr.write(`fetching Kafka, once: ${files} files so far\n`);
  });
  await archiveKafkaClasses(LIBS);
}

/**
 * Before each file: the first one of a process starts its servers, and those of two processes do not share any, as tests
 * stop them. A server that cannot be started fails the run; no test is skipped.
 */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    servers ??= await start();
  },
};

async function start(): Promise<Servers> {
  // Each server's keeper removes its folder, however this process ends.
  const folder = (name: string) => mkdtempSync(join(tmpdir(), `opportunities-test-${name}-`));
  const [postgres, kafka] = await Promise.all([
    // The data of a test need not survive a power cut, so the servers skip fsync.
    startPostgres({
      dir: folder('postgres'),
      database: 'test',
      removeOnStop: true,
      settings: { fsync: 'off', max_prepared_transactions: '5' },
    }),
    startKafka({ dir: folder('kafka'), libs: LIBS, removeOnStop: true }),
  ]);
  await createTopic(kafka.brokers, TOPIC);
  return { postgres, kafka };
}
