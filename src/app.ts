import type { Container, ContainerModule, ServiceIdentifier } from 'inversify';
import { Logger } from '#application/ports/system/logger';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { HttpServer } from '#interfaces/http/server/http-server';
import { RelayWorker } from '#interfaces/worker/relay-worker';
import { RetentionWorker } from '#interfaces/worker/retention-worker';
import { RevocationCacheWorker } from '#interfaces/worker/revocation-cache-worker';
import { TopicPartitionsWorker } from '#interfaces/worker/topic-partitions-worker';
import { UserEventWorker } from '#interfaces/worker/user-event-worker';
import type { ServiceConfig } from './config/config.ts';
import { createContainer } from './container.ts';

type Role = ServiceConfig['role'];

/** A loop that runs beside the HTTP server. */
type Worker = {
  /** Settles when the first request may come in. A failure ends the start of the service. */
  prepare?(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

/** Which worker runs in which role. A process with the role "api" never talks to Kafka. */
const WORKERS: readonly { readonly worker: ServiceIdentifier<Worker>; readonly roles: readonly Role[] }[] = [
  { worker: RevocationCacheWorker, roles: ['all', 'api'] },
  { worker: UserEventWorker, roles: ['all', 'relay'] },
  { worker: RelayWorker, roles: ['all', 'relay'] },
  { worker: TopicPartitionsWorker, roles: ['all', 'relay'] },
  { worker: RetentionWorker, roles: ['all', 'relay'] },
];

export type App = {
  /** The URL of the HTTP server, without a slash at the end. */
  readonly url: string;
  readonly container: Container;
  /**
   * Accepts no new requests, answers the requests in flight, lets every worker finish its step and closes all connections.
   * @throws Error when that takes longer than the configuration allows.
   */
  stop(): Promise<void>;
};

/**
 * Starts the whole service. When the start fails, every connection is closed again.
 * @param overrides modules that replace adapters.
 */
export async function startApp(config: ServiceConfig, ...overrides: ContainerModule[]): Promise<App> {
  const container = createContainer(config, ...overrides);
  try {
    const logger = container.get(Logger);
    await (config.migrate ? migrate(container) : requireMigrated(container));
    const workers = WORKERS.filter(({ roles }) => roles.includes(config.role)).map(({ worker }) =>
      container.get(worker),
    );
    await Promise.all(workers.map(async (worker) => worker.prepare?.()));
    const server = container.get(HttpServer);
    const { host, port } = await server.listen();
    for (const worker of workers) worker.start();
    logger.info({ host, port, role: config.role }, 'the service is ready');

    const stop = async () => {
      // The relay runs until the last response is sent. Events that still wait in the outbox then are published by the
      // next process.
      await server.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
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

/**
 * Runs the migrations and nothing else.
 * @param overrides modules that replace adapters.
 */
export async function runMigrations(config: ServiceConfig, ...overrides: ContainerModule[]): Promise<void> {
  const container = createContainer(config, ...overrides);
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

/** A service without its tables would fail at every request, so it does not start. */
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
