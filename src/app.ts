import type { ContainerModule, ServiceIdentifier } from 'inversify';
import { Logger } from '#application/ports/operations/logger';
import { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { HttpServer } from '#interfaces/http/server/http-server';
import { RelayWorker } from '#interfaces/worker/relay-worker';
import { RetentionWorker } from '#interfaces/worker/retention-worker';
import { RevocationCacheWorker } from '#interfaces/worker/revocation-cache-worker';
import { TopicPartitionsWorker } from '#interfaces/worker/topic-partitions-worker';
import { UserEventWorker } from '#interfaces/worker/user-event-worker';
import type { ClosingContainer } from './closing-container.ts';
import type { ServiceConfig } from './config/config.ts';
import { createContainer } from './container.ts';
import { type Part, stopInStages } from './stopping.ts';

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

/** The start was given up, because the service was asked to stop meanwhile. */
export class StoppedWhileStarting extends Error {
  constructor() {
    super('the service was asked to stop before it was ready');
  }
}

/** The whole service of one process. */
export class App {
  readonly container: ClosingContainer;
  private readonly config: ServiceConfig;
  private steps: Promise<void> | undefined;
  private server: HttpServer | undefined;
  private workers: readonly Part[] = [];
  private address = '';
  private logger: Logger | undefined;
  private stopping: Promise<void> | undefined;

  /** @param overrides modules that replace adapters. */
  constructor(config: ServiceConfig, ...overrides: ContainerModule[]) {
    this.config = config;
    this.container = createContainer(config, ...overrides);
  }

  /** The URL of the HTTP server, without a slash at the end. */
  get url(): string {
    return this.address;
  }

  /**
   * Resolves when the service is ready. When the start fails, everything that it opened is closed again.
   * @throws StoppedWhileStarting when stop() was called meanwhile.
   */
  async start(): Promise<void> {
    this.steps ??= this.startStepByStep();
    try {
      await this.steps;
    } catch (error) {
      this.stopping ??= this.stopStepByStep();
      await this.stopping.catch((failure: unknown) => {
        // The caller gets the reason for which the start failed, which matters more.
        this.logger?.error({ err: failure }, 'the service could not stop');
      });
      throw error;
    }
  }

  /**
   * Accepts no new requests, answers the requests in flight, lets every worker finish its step and closes all adapters.
   * A start that is under way ends after its present step. Every further call returns the same promise.
   * @throws the error of the part that failed to stop; AggregateError when several failed; Error when stopping takes
   * longer than the configuration allows.
   */
  stop(): Promise<void> {
    this.stopping ??= this.stopStepByStep().then(() => this.logger?.info({}, 'the service has stopped'));
    return this.stopping;
  }

  private async startStepByStep(): Promise<void> {
    const { config, container } = this;
    this.throwIfStopping();
    this.logger = await container.getAsync(Logger);
    await (config.migrate ? migrate(container) : requireMigrated(container));
    this.throwIfStopping();
    const chosen = WORKERS.filter(({ roles }) => roles.includes(config.role));
    const workers = await Promise.all(chosen.map(({ worker }) => container.getAsync(worker)));
    await Promise.all(workers.map(async (worker) => worker.prepare?.()));
    const server = await container.getAsync(HttpServer);
    this.throwIfStopping();
    this.server = server;
    const { host, port } = await server.listen();
    this.address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
    this.throwIfStopping();
    this.workers = workers.map((worker) => ({ name: worker.constructor.name, stop: () => worker.stop() }));
    for (const worker of workers) worker.start();
    this.logger.info({ host, port, role: config.role }, 'the service is ready');
  }

  private throwIfStopping(): void {
    if (this.stopping) throw new StoppedWhileStarting();
  }

  private async stopStepByStep(): Promise<void> {
    const { steps, container } = this;
    await stopInStages(
      [
        () => [{ name: 'the start', stop: () => steps?.catch(() => undefined) }],
        // The relay runs until the last response is sent. Events that still wait in the outbox then are published by
        // the next process.
        () => [{ name: HttpServer.name, stop: () => this.server?.stop() }],
        () => this.workers,
        () => container.parts(),
      ],
      this.config.shutdownTimeoutMs,
    );
  }
}

/**
 * Starts the whole service. When the start fails, everything that it opened is closed again.
 * @param overrides modules that replace adapters.
 */
export async function startApp(config: ServiceConfig, ...overrides: ContainerModule[]): Promise<App> {
  const app = new App(config, ...overrides);
  await app.start();
  return app;
}

/**
 * Runs the migrations and nothing else.
 * @param overrides modules that replace adapters.
 */
export async function runMigrations(config: ServiceConfig, ...overrides: ContainerModule[]): Promise<void> {
  const container = createContainer(config, ...overrides);
  const logger = await container.getAsync(Logger);
  const close = () => stopInStages([() => container.parts()], config.shutdownTimeoutMs);
  try {
    await migrate(container);
  } catch (error) {
    await close().catch((failure: unknown) => {
      logger.error({ err: failure }, 'an adapter could not be closed');
    });
    throw error;
  }
  await close().catch((failure: unknown) => {
    throw new Error('the migrations have run, but an adapter could not be closed', { cause: failure });
  });
}

async function migrate(container: ClosingContainer): Promise<void> {
  const migrations = await container.getAsync(SchemaMigrations);
  const applied = await migrations.run();
  const logger = await container.getAsync(Logger);
  logger.info({ applied }, applied.length > 0 ? 'migrations applied' : 'the schema is up to date');
}

/** A service without its tables would fail at every request, so it does not start. */
async function requireMigrated(container: ClosingContainer): Promise<void> {
  const migrations = await container.getAsync(SchemaMigrations);
  const pending = await migrations.pending();
  if (pending.length > 0) throw new Error(`MIGRATE is false and these migrations have not run: ${pending.join(', ')}`);
}
