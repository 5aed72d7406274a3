import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchKafka } from '../../local/kafka/kafka-jars.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/postgres.ts';
import { type Brokers, startBroker, startCluster } from './brokers.ts';

/** Connections that PostgreSQL allows. They are few, so that a fault can take all of them. */
const MAX_CONNECTIONS = '70';

/** Servers that all runs share, one run after the other. Each is started when a run first needs it. */
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
      // Faults crash the server, never the machine, so the operating system still has everything that was written.
      settings: { fsync: 'off', max_connections: MAX_CONNECTIONS },
    }));
  }

  kafka(brokers: 1 | 3): Promise<Brokers> {
    let running = this.brokers.get(brokers);
    if (!running) {
      const start = brokers === 1 ? startBroker : startCluster;
      running = fetchKafka(this.libs, () => undefined).then(() => start(this.libs));
      this.brokers.set(brokers, running);
    }
    return running;
  }

  async stop(): Promise<void> {
    const running = [this.started, ...this.brokers.values()];
    await Promise.allSettled(running.map(async (server) => (await server)?.stop()));
  }
}
