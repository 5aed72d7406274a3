import { randomUUID } from 'node:crypto';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import type { Message } from '#application/messages/message';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { createOrm } from '#infrastructure/persistence/orm';
import { attributesIn, type StoredHeaders } from '#infrastructure/persistence/outbox/stored-headers';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { RecordingLogger } from '../system/recording-logger.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { createTestDatabase, emptyDatabase, query } from './test-database.ts';

/** A database with the tables of the service, and the adapters that nearly every test of the persistence needs. */
export type MigratedDatabase = {
  readonly url: string;
  readonly settings: { readonly url: string; readonly poolMax: number; readonly statementTimeoutMs: number };
  readonly logger: RecordingLogger;
  readonly requests: AsyncLocalRequestScope;
  readonly orm: ReturnType<typeof createOrm>;
  readonly unitOfWork: PostgresUnitOfWork;
  /** Stores an opportunity with a message that only names it. */
  store(opportunity: Opportunity): Promise<void>;
  /** How often the unit of work woke the relay up in this test. */
  nudges(): number;
  /** Reads the waiting messages with a statement of the test's own, oldest first. */
  waiting(): Promise<Message[]>;
};

/** Makes one database for the suite that calls this, and empties its tables before each test. */
export function useMigratedDatabase(): MigratedDatabase {
  const logger = new RecordingLogger();
  const requests = new AsyncLocalRequestScope();
  let opened: Pick<MigratedDatabase, 'url' | 'settings' | 'orm' | 'unitOfWork'> | undefined;
  let nudges = 0;

  const open = () => {
    if (!opened) throw new Error('The database is there from the first hook on, and not before.');
    return opened;
  };

  before(async () => {
    const url = await createTestDatabase();
    const settings = { url, poolMax: 10, statementTimeoutMs: 2000 };
    const orm = createOrm(settings, logger);
    const wakeUp = { nudge: () => void (nudges += 1), wait: () => Promise.resolve() };
    opened = { url, settings, orm, unitOfWork: new PostgresUnitOfWork(orm, wakeUp, requests, LARGEST_MESSAGE_BYTES) };
    await new MikroOrmSchemaMigrations(orm).run();
  });

  beforeEach(async () => {
    await emptyDatabase(open().url);
    nudges = 0;
  });

  after(() => opened?.orm.close());

  return {
    logger,
    requests,
    get url() {
      return open().url;
    },
    get settings() {
      return open().settings;
    },
    get orm() {
      return open().orm;
    },
    get unitOfWork() {
      return open().unitOfWork;
    },
    store: (opportunity) =>
      open().unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append({ id: randomUUID(), key: opportunity.id, attributes: {}, payload: '{}' });
      }),
    nudges: () => nudges,
    waiting: async () => {
      type Row = Omit<Message, 'attributes'> & { readonly headers: StoredHeaders };
      const rows = await query<Row>(open().url, 'SELECT id, key, headers, payload FROM outbox ORDER BY position');
      return rows.map(({ headers, ...message }) => ({ ...message, attributes: attributesIn(headers) }));
    },
  };
}

/** The same database through a network that a test can cut. */
export type CuttableDatabase = {
  readonly settings: MigratedDatabase['settings'];
  readonly orm: ReturnType<typeof createOrm>;
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
};

/** Makes a second way to the database, for the suite that calls this. After each test it is open again. */
export function useCuttableWay(database: MigratedDatabase): CuttableDatabase {
  let way:
    | {
        readonly proxy: TcpProxy;
        readonly settings: MigratedDatabase['settings'];
        readonly orm: ReturnType<typeof createOrm>;
      }
    | undefined;
  const opened = () => {
    if (!way) throw new Error('The way is there from the first hook on, and not before.');
    return way;
  };

  before(async () => {
    const url = new URL(database.url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    const settings = { ...database.settings, url: url.href };
    way = { proxy, settings, orm: createOrm(settings, database.logger) };
  });

  afterEach(() => {
    way?.proxy.restore();
  });

  after(async () => {
    await way?.orm.close();
    await way?.proxy.stop();
  });

  return {
    get settings() {
      return opened().settings;
    },
    get orm() {
      return opened().orm;
    },
    cut: async () => {
      opened().proxy.cut();
    },
    restore: async () => {
      opened().proxy.restore();
    },
  };
}
