import type { Container, ContainerModule } from 'inversify';
import { Logger } from '#application/ports/system/logger';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { HttpServer } from '#interfaces/http/server/http-server';
import { OutboxWorker } from '#interfaces/worker/outbox-worker';
import { RetentionWorker } from '#interfaces/worker/retention-worker';
import { RevocationWorker } from '#interfaces/worker/revocation-worker';
import { TopicWorker } from '#interfaces/worker/topic-worker';
import { UserEventWorker } from '#interfaces/worker/user-event-worker';
import type { Config } from './config/config.ts';
import { createContainer } from './container.ts';

export type App = {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly container: Container;
  /**
   * Takes no new requests, answers those in flight, lets the relay finish its batch, closes what is open.
   * @throws Error when that takes longer than the configuration allows.
   */
  stop(): Promise<void>;
};

/** Starts the whole service, with any adapters replaced by the overrides. Whatever fails, nothing stays open. */
export async function startApp(config: Config, ...overrides: ContainerModule[]): Promise<App> {
  const container = createContainer(config, ...overrides);
  try {
    const logger = container.get(Logger);
    await (config.migrate ? migrate(container) : requireMigrated(container));
    const revocations = config.role === 'relay' ? undefined : container.get(RevocationWorker);
    await revocations?.load();
    const server = container.get(HttpServer);
    const { host, port } = await server.listen();
    revocations?.start();
    // Kafka is for those that relay.
    const userEvents = config.role === 'api' ? undefined : container.get(UserEventWorker);
    userEvents?.start();
    const worker = config.role === 'api' ? undefined : container.get(OutboxWorker);
    worker?.start();
    const topic = config.role === 'api' ? undefined : container.get(TopicWorker);
    topic?.start();
    const retention = config.role === 'api' ? undefined : container.get(RetentionWorker);
    retention?.start();
    logger.info({ host, port, role: config.role }, 'the service is ready');

    const stop = async () => {
      // The relay goes on until the last request is answered; what it then leaves, the next process publishes.
      await server.stop();
      topic?.stop();
      await Promise.all([worker?.stop(), userEvents?.stop(), retention?.stop(), revocations?.stop()]);
      await container.unbindAllAsync();
      logger.info({}, 'the service has stopped');
    };
    return {
      url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
      container,
      stop: () => within(config.shutdownTimeoutMs, stop()),
    };
  } catch (error) {
    await container.unbindAllAsync();
    throw error;
  }
}

/** Runs the migrations alone. */
export async function runMigrations(config: Config): Promise<void> {
  const container = createContainer(config);
  try {
    await migrate(container);
  } finally {
    await container.unbindAllAsync();
  }
}

async function migrate(container: Container): Promise<void> {
  const applied = await container.get(SchemaMigrations).run();
  container.get(Logger).info({ applied }, applied.length > 0 ? 'migrations applied' : 'the schema is up to date');
}

/** Better not to start than to fail with every request. */
async function requireMigrated(container: Container): Promise<void> {
  const pending = await container.get(SchemaMigrations).pending();
  if (pending.length > 0) throw new Error(`MIGRATE is false and these migrations have not run: ${pending.join(', ')}`);
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not everything stopped within ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
