import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchKafka } from '../../local/kafka/kafka-jars.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/postgres.ts';
import { type Brokers, startBroker, startCluster } from './brokers.ts';

/** Few, so that all of them can be taken. */
const MOST_CONNECTIONS = '70';

/** Servers that runs share, one run after the other: each is started when it is first needed, and survives its faults. */
export class Servers {
  private readonly libs: string;
  private started: Promise<PostgresServer> | undefined;
  private readonly brokers = new Map<number, Promise<Brokers>>();

  /** @param libs the folder of Kafka's jars. */
  constructor(libs: string) {
    this.libs = libs;
  }

  postgres(): Promise<PostgresServer> {
    return (this.started ??= startPostgres({
      dir: mkdtempSync(join(tmpdir(), 'opportunities-chaos-postgres-')),
      removeOnStop: true,
      // A crash of the server is not one of the machine: what was written is there.
      settings: { fsync: 'off', max_connections: MOST_CONNECTIONS },
    }));
  }

  kafka(brokers: 1 | 3): Promise<Brokers> {
    let those = this.brokers.get(brokers);
    if (!those) {
      const start = brokers === 1 ? startBroker : startCluster;
      those = fetchKafka(this.libs, () => undefined).then(() => start(this.libs));
      this.brokers.set(brokers, those);
    }
    return those;
  }

  async stop(): Promise<void> {
    const running = [this.started, ...this.brokers.values()];
    await Promise.allSettled(running.map(async (server) => (await server)?.stop()));
  }
}
