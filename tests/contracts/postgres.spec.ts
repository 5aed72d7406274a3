import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { attributesIn, type StoredHeaders } from '#infrastructure/persistence/outbox/stored-headers';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/outbox/notifying-relay-wake-up';
import {
  type DatabaseSettings,
  owningConnectionOptions,
} from '#infrastructure/persistence/connections/connection-options';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresDatabaseDiagnosis } from '#infrastructure/persistence/operations/postgres-diagnosis';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { PostgresDatabaseHealth } from '#infrastructure/persistence/operations/postgres-health';
import { PostgresOutboxAdministration } from '#infrastructure/persistence/outbox/postgres-outbox-administration';
import { PostgresOutboxHealth } from '#infrastructure/persistence/operations/postgres-health';
import { BUCKET_LOCKS } from '#infrastructure/persistence/outbox/bucket-ownership';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresEventRetention } from '#infrastructure/persistence/outbox/postgres-event-retention';
import { PostgresRateLimiter } from '#infrastructure/persistence/postgres-rate-limiter';
import { PostgresRevocationStore } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import type { Message } from '#application/messages/message';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { StorageUnavailable } from '#application/ports/application-error';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { aListing } from '../support/a-listing.ts';
import { anOpportunity, someId } from '../support/an-opportunity.ts';
import { eventually } from '../support/eventually.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { OWNER } from '../support/some-actors.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase, emptyDatabase, query } from '../support/test-database.ts';
import { changeFeedContract } from './change-feed.contract.ts';
import { opportunityCatalogueContract } from './opportunity-catalogue.contract.ts';
import { outboxQueueContract } from './outbox-queue.contract.ts';
import { rateLimiterContract } from './rate-limiter.contract.ts';
import { relayWakeUpContract } from './system.contract.ts';
import { unitOfWorkContract } from './unit-of-work.contract.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };

describe('PostgreSQL', () => {
  const logger = new RecordingLogger();
  const requests = new AsyncLocalRequestScope();
  let url: string;
  let settings: { url: string; poolMax: number; statementTimeoutMs: number };
  let orm: ReturnType<typeof createOrm>;
  let nudges = 0;
  let unitOfWork: PostgresUnitOfWork;

  before(async () => {
    url = await createTestDatabase();
    settings = { url, poolMax: 10, statementTimeoutMs: 2000 };
    orm = createOrm(settings, logger);
    const wakeUp = { nudge: () => void (nudges += 1), wait: () => Promise.resolve() };
    unitOfWork = new PostgresUnitOfWork(orm, wakeUp, requests, LARGEST_MESSAGE_BYTES);
    await new MikroOrmSchemaMigrations(orm).run();
  });

  beforeEach(async () => {
    await emptyDatabase(url);
    nudges = 0;
  });

  after(async () => {
    await orm.close();
  });

  /** Reads the waiting messages with a statement of this test. */
  async function waiting(): Promise<Message[]> {
    type Row = Omit<Message, 'attributes'> & { readonly headers: StoredHeaders };
    const rows = await query<Row>(url, 'SELECT id, key, headers, payload FROM outbox ORDER BY position');
    return rows.map(({ headers, ...message }) => ({ ...message, attributes: attributesIn(headers) }));
  }

  describe('PostgresUnitOfWork', () => {
    unitOfWorkContract(async () => ({
      unitOfWork,
      catalogue: new PostgresOpportunityCatalogue(orm),
      waiting,
      largestMessageBytes: LARGEST_MESSAGE_BYTES,
      nudges: () => nudges,
    }));

    it('rejects with StorageUnavailable when a statement takes too long', async () => {
      const { opportunity, created } = anOpportunity();
      await unitOfWork.run(({ opportunities }) => opportunities.add(opportunity));
      const blocker = new pg.Client({ connectionString: url });
      await blocker.connect();
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
      const impatient = createOrm({ ...settings, statementTimeoutMs: 200 }, logger);
      try {
        const patience = new PostgresUnitOfWork(impatient, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES);
        const error = await rejection(patience.run(({ outbox }) => outbox.append(messageOf(created, someId()))));
        expect(error).to.be.instanceOf(StorageUnavailable);
      } finally {
        await blocker.end();
        await impatient.close();
      }
    });

    it('stores nothing when the outbox refuses the event, which is sent together with the commit', async () => {
      const { opportunity, created } = anOpportunity();
      const message = { ...messageOf(created, someId()), id: 'no uuid' };
      const error = await rejection(
        unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(message);
        }),
      );
      expect(error).to.have.property('code', '22P02');
      expect(await query(url, 'SELECT 1 FROM opportunity')).to.deep.equal([]);
      expect(nudges).to.equal(0);
      // The connection works as before.
      await unitOfWork.run(({ opportunities }) => opportunities.add(opportunity));
    });

    it('rejects with StorageUnavailable when every connection is in use', async () => {
      const small = createOrm({ ...settings, poolMax: 1 }, logger);
      const gate = Promise.withResolvers<undefined>();
      const cramped = new PostgresUnitOfWork(small, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES);
      try {
        const taken = Promise.withResolvers<undefined>();
        const holder = cramped.run(async () => {
          taken.resolve(undefined);
          await gate.promise;
        });
        await taken.promise;
        const error = await rejection(cramped.run(({ opportunities }) => opportunities.get(someId())));
        expect(error).to.be.instanceOf(StorageUnavailable);
        gate.resolve(undefined);
        await holder;
        expect(await cramped.run(({ opportunities }) => opportunities.get(someId()))).to.equal(undefined);
      } finally {
        await small.close();
      }
    });

    it('rejects with StorageUnavailable when the connection dies in the middle of a transaction', async () => {
      const { opportunity } = anOpportunity();
      const error = await rejection(
        unitOfWork.run(async ({ opportunities }) => {
          await opportunities.get(someId());
          await query(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'",
          );
          await opportunities.add(opportunity);
        }),
      );
      expect(error).to.be.instanceOf(StorageUnavailable);
      expect(await query(url, 'SELECT 1 FROM opportunity')).to.deep.equal([]);
    });

    it('rejects with StorageUnavailable when the database falls silent', async () => {
      const { hostname, port } = new URL(url);
      const links: [Socket, Socket][] = [];
      const cable = createServer((client) => {
        const server = connect({ host: hostname, port: Number(port) });
        client.pipe(server).pipe(client);
        for (const end of [client, server]) end.on('error', () => end.destroy());
        links.push([client, server]);
      }).listen(0, '127.0.0.1');
      await once(cable, 'listening');
      const away = new URL(url);
      away.host = `127.0.0.1:${(cable.address() as AddressInfo).port}`;
      const far = createOrm({ ...settings, url: away.href, statementTimeoutMs: 100, poolMax: 1 }, logger);
      const behindCable = new PostgresUnitOfWork(far, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES);
      try {
        const error = await rejection(
          behindCable.run(async ({ opportunities }) => {
            // The response is not lost, but it never arrives.
            for (const [client, server] of links) server.unpipe(client);
            await opportunities.get(someId());
          }),
        );
        expect(error).to.be.instanceOf(StorageUnavailable);
        // The connection's place in the pool is free again, and the network works.
        expect(await behindCable.run(({ opportunities }) => opportunities.get(someId()))).to.equal(undefined);
      } finally {
        await far.close();
        for (const end of links.flat()) end.destroy();
        cable.close();
      }
    });

    it('loses no place in the pool to connections that died in the middle of a transaction', async () => {
      const small = createOrm({ ...settings, poolMax: 1 }, logger);
      const cramped = new PostgresUnitOfWork(small, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES);
      for (let death = 0; death < 3; death++) {
        const error = await rejection(
          cramped.run(async ({ opportunities }) => {
            await query(
              url,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'",
            );
            await opportunities.get(someId());
          }),
        );
        expect(error).to.be.instanceOf(StorageUnavailable);
      }
      expect(await cramped.run(({ opportunities }) => opportunities.get(someId()))).to.equal(undefined);
      await small.close();
    });

    it('rejects with StorageUnavailable and is unhealthy while the database accepts no writes', async () => {
      const standby = await createTestDatabase();
      await query(
        standby,
        `ALTER DATABASE ${new URL(standby).pathname.slice(1)} SET default_transaction_read_only = on`,
      );
      const replica = createOrm({ ...settings, url: standby }, logger);
      const onReplica = new PostgresUnitOfWork(replica, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES);
      const error = await rejection(onReplica.run(() => replica.em.getConnection().execute('CREATE TABLE nothing ()')));
      expect(error).to.be.instanceOf(StorageUnavailable);
      await rejection(new PostgresDatabaseHealth(replica).check());
      await replica.close();
      const queue = new PostgresOutboxQueue({ ...settings, url: standby }, logger, NOBODY_TO_WAKE, {
        owner: 'test',
        keepsPublished: true,
      });
      expect(await rejection(queue.fetch({ messages: 1, bytes: 1 }))).to.be.instanceOf(StorageUnavailable);
    });

    it('forgets an idempotency key after a day, and removes it when another one is stored', async () => {
      const use = (key: string, fingerprint: string) =>
        unitOfWork.run(async ({ idempotencyKeys }) => {
          const retry = { key, fingerprint };
          const earlier = await idempotencyKeys.claim('ada', retry);
          if (earlier === undefined) await idempotencyKeys.remember('ada', retry, fingerprint);
          return earlier;
        });
      const age = (hours: number) =>
        query(url, "UPDATE idempotency_key SET created_at = now() - $1 * interval '1 hour'", [hours]);
      const keys = async () =>
        (await query<{ key: string }>(url, 'SELECT key FROM idempotency_key')).map(({ key }) => key);

      await use('old', 'one');
      await age(23);
      expect(await use('old', 'one')).to.equal('one');
      await age(25);
      expect(await use('old', 'two'), 'as if it had never been').to.equal(undefined);
      expect(await use('old', 'two')).to.equal('two');
      await age(25);
      await use('new', 'three');
      expect(await keys()).to.deep.equal(['new']);
    });

    it('stores the trace of the request with its event', async () => {
      const { opportunity, created } = anOpportunity();
      const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
      await requests.run({ requestId: 'one', traceparent }, () =>
        unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
        }),
      );
      const [row] = await query<{ headers: Record<string, string> }>(url, 'SELECT headers FROM outbox');
      expect(row?.headers['traceparent']).to.equal(traceparent);
    });
  });

  describe('PostgresOpportunityCatalogue', () => {
    opportunityCatalogueContract(async () => {
      await emptyDatabase(url);
      return {
        catalogue: new PostgresOpportunityCatalogue(orm),
        store: (opportunity) => unitOfWork.run(({ opportunities }) => opportunities.add(opportunity)),
      };
    });

    it('rejects with StorageUnavailable when no server listens', async () => {
      const nowhere = createOrm({ ...settings, url: 'postgresql://nobody@127.0.0.1:1/test' }, logger);
      const catalogue = new PostgresOpportunityCatalogue(nowhere);
      const visibility = visibleTo({ id: 'nobody', role: 'user' });
      expect(await rejection(catalogue.find(someId(), visibility))).to.be.instanceOf(StorageUnavailable);
      expect(await rejection(catalogue.list(visibility, aListing()))).to.be.instanceOf(StorageUnavailable);
      await nowhere.close();
    });
  });

  describe('PostgresChangeFeed', () => {
    changeFeedContract(async () => ({
      feed: new PostgresChangeFeed(orm),
      unitOfWork,
      afterReplacement: async () => new PostgresChangeFeed(other),
    }));

    let other: ReturnType<typeof createOrm>;

    before(async () => {
      other = createOrm({ ...settings, url: await createTestDatabase() }, logger);
      await new MikroOrmSchemaMigrations(other).run();
    });

    after(() => other.close());
  });

  describe('PostgresRateLimiter', () => {
    const pools: RateLimitPool[] = [];
    let clock: FixedClock;

    /** A limiter of one process, with its own pool and its own memory. */
    const limiterOf = (changes: Partial<typeof settings> = {}) => {
      const pool = new RateLimitPool({ ...settings, statementTimeoutMs: 200, ...changes }, logger);
      pools.push(pool);
      return new PostgresRateLimiter(pool, clock, logger);
    };

    beforeEach(() => {
      clock = new FixedClock(new Date());
    });

    afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

    rateLimiterContract(async () => {
      const blocker = new pg.Client({ connectionString: url });
      return {
        process: () => limiterOf(),
        pass: async (seconds) => {
          clock.advance(seconds * 1000);
          await query(url, 'UPDATE rate_limit SET expire = expire - $1', [seconds * 1000]);
        },
        breakStorage: async () => {
          await blocker.connect();
          await blocker.query('BEGIN');
          await blocker.query('LOCK TABLE rate_limit IN ACCESS EXCLUSIVE MODE');
        },
        healStorage: () => blocker.end(),
      };
    });

    const READS = { name: 'reads', limit: 100, windowSeconds: 60 };

    it('grants the remaining requests when the storage goes away in the middle of a window', async () => {
      const limiter = limiterOf();
      for (let n = 0; n < 60; n += 1) await limiter.take(READS, 'ada');
      await query(url, 'ALTER TABLE rate_limit RENAME COLUMN points TO gone');
      try {
        const rest = await Promise.all(Array.from({ length: 60 }, () => limiter.take(READS, 'ada')));
        expect(rest.filter(({ allowed }) => allowed)).to.have.length(40);
      } finally {
        await query(url, 'ALTER TABLE rate_limit RENAME COLUMN gone TO points');
      }
    });

    it('does not fail without a database', async () => {
      const limiter = limiterOf({ url: 'postgresql://nobody@127.0.0.1:1/test' });
      logger.lines.length = 0;
      expect(await limiter.take(READS, 'ada')).to.deep.equal({ allowed: true, remaining: 99, secondsLeft: 60 });
      await limiter.take(READS, 'grace');
      expect(
        logger.lines.map(({ level, message }) => [level, message]),
        'said once',
      ).to.deep.equal([['warn', 'rate limits are not shared: this process counts alone']]);
    });

    it('removes expired rows soon', async () => {
      const limiter = limiterOf();
      const keys = async () => (await query<{ key: string }>(url, 'SELECT key FROM rate_limit')).map(({ key }) => key);
      await limiter.take(READS, 'old');
      await query(url, 'UPDATE rate_limit SET expire = expire - 180000');
      clock.advance(61_000);
      await limiter.take(READS, 'new');
      await eventually(async () => ((await keys()).length === 1 ? true : undefined));
      expect(await keys()).to.deep.equal(['reads:new']);
    });
  });

  describe('NotifyingRelayWakeUp', () => {
    const WAKERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'opportunities wake-up'";
    const opened: NotifyingRelayWakeUp[] = [];
    const here = () => {
      const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), settings, logger, 'here');
      opened.push(wakeUp);
      return wakeUp;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
    });

    relayWakeUpContract(here);

    it('wakes a relay in another process, also after the connection was cut', async () => {
      const elsewhere = new InProcessRelayWakeUp();
      const queue = new PostgresOutboxQueue(settings, logger, elsewhere, { owner: 'test', keepsPublished: true });
      try {
        await queue.fetch({ messages: 1, bytes: 1 });
        const writer = here();
        let woken = 0;
        const wakenAgain = async () => {
          const before = woken;
          await eventually(() => {
            writer.nudge();
            return woken > before ? true : undefined;
          });
        };
        elsewhere.nudge = () => void (woken += 1);
        await wakenAgain();
        await query(url, `SELECT pg_terminate_backend(pid, 5000) FROM (${WAKERS}) AS wakers`);
        await wakenAgain();
      } finally {
        await queue.release();
      }
    });

    it('does not wake the relay of its own process a second time', async () => {
      let woken: string[] = [];
      const relays = ['here', 'elsewhere'].map((origin) => {
        const wakeUp = { nudge: () => void woken.push(origin), wait: () => Promise.resolve() };
        return new PostgresOutboxQueue(settings, logger, wakeUp, { owner: origin, keepsPublished: true });
      });
      const { client, heard } = await listener();
      try {
        for (const relay of relays) await relay.fetch({ messages: 1, bytes: 1 });
        woken = [];
        here().nudge();
        await eventually(() => woken[0]);
        // The server sends pending notifications before it responds to a statement.
        for (const relay of relays) await relay.fetch({ messages: 1, bytes: 1 });
        expect(woken).to.deep.equal(['elsewhere']);
        expect(heard).to.deep.equal(['here']);
      } finally {
        await client.end();
        await Promise.all(relays.map((relay) => relay.release()));
      }
    });

    /** Listens like a relay, and counts notifications. */
    const listener = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const heard: string[] = [];
      client.on('notification', ({ payload }) => void heard.push(payload ?? ''));
      await client.query('LISTEN outbox');
      return { client, heard };
    };

    it('sends one notification for a burst, and then at most one in five milliseconds', async () => {
      const { client, heard } = await listener();
      try {
        const writer = here();
        for (let nudge = 0; nudge < 100; nudge++) writer.nudge();
        await eventually(() => heard[0]);
        // The server sends pending notifications before its response.
        await client.query('SELECT pg_sleep(0.05)');
        expect(heard).to.have.length(1);

        const began = performance.now();
        while (performance.now() - began < 100) {
          writer.nudge();
          await nextTurn();
        }
        // Timers count whole milliseconds, and may be one millisecond early.
        const most = Math.ceil((performance.now() - began) / 4) + 1;
        await eventually(() => heard[1]);
        await client.query('SELECT pg_sleep(0.05)');
        expect(heard.length - 1).to.be.at.most(most);
      } finally {
        await client.end();
      }
    });

    /** Notifies through a gateway that treats each connection like this. */
    const behindGateway = async (onConnection: (socket: Socket) => void) => {
      const gateway = createServer(onConnection).listen(0, '127.0.0.1');
      await once(gateway, 'listening');
      const behind = new URL(url);
      behind.host = `127.0.0.1:${(gateway.address() as AddressInfo).port}`;
      const there = { ...settings, url: behind.href };
      return { writer: new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), there, logger, 'here'), gateway };
    };

    it('has one connection at a time, which survives a late failure of an earlier one', async () => {
      const { hostname, port } = new URL(url);
      const accepted: Socket[] = [];
      const { writer, gateway } = await behindGateway((socket) => {
        socket.on('error', () => socket.destroy());
        // The first connection waits for a response until it is cut.
        if (accepted.push(socket) === 1) return;
        const server = connect({ host: hostname, port: Number(port) });
        server.on('error', () => server.destroy());
        socket.pipe(server).pipe(socket);
      });
      const { client, heard } = await listener();
      try {
        const began = performance.now();
        await eventually(() => {
          writer.nudge();
          // This is later than the next allowed attempt to connect.
          if (performance.now() - began > 1500) accepted[0]?.destroy();
          return performance.now() - began > 1500 ? (heard[0] ?? undefined) : undefined;
        });
        const before = heard.length;
        await eventually(() => {
          writer.nudge();
          return heard.length > before ? true : undefined;
        });
        expect(accepted).to.have.length(2);
        expect(await query(url, WAKERS)).to.have.length(1);
      } finally {
        await writer.close();
        await client.end();
        gateway.close();
      }
    });

    it('sends nothing while the last notification is unanswered, and then one for all nudges since', async () => {
      const { hostname, port } = new URL(url);
      let holdsAnswers = true;
      let answers: Socket | undefined;
      const { writer, gateway } = await behindGateway((socket) => {
        answers = connect({ host: hostname, port: Number(port) });
        for (const end of [socket, answers]) end.on('error', () => end.destroy());
        socket.on('data', (chunk) => {
          if (holdsAnswers && chunk.includes('NOTIFY')) answers?.pause();
        });
        socket.pipe(answers).pipe(socket);
      });
      const { client, heard } = await listener();
      try {
        writer.nudge();
        await eventually(() => heard[0]);
        for (let nudge = 0; nudge < 10; nudge++) {
          writer.nudge();
          await sleep(6);
        }
        holdsAnswers = false;
        answers?.resume();
        await eventually(() => heard[1]);
        await sleep(50);
        await client.query('SELECT 1');
        expect(heard).to.have.length(2);
      } finally {
        await writer.close();
        await client.end();
        gateway.close();
      }
    });

    it('ignores a database that cannot be reached', async () => {
      const nowhere = { ...settings, url: 'postgresql://nobody@127.0.0.1:1/test' };
      const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), nowhere, logger, 'here');
      logger.lines.length = 0;
      wakeUp.nudge();
      await eventually(() => (logger.lines.some(({ message }) => message.includes('not woken')) ? true : undefined));
      await wakeUp.wait(60_000);
      await wakeUp.close();
    });

    it('leaves no connection behind', async () => {
      const wakeUp = here();
      wakeUp.nudge();
      await eventually(async () => ((await query(url, WAKERS)).length > 0 ? true : undefined));
      await wakeUp.close();
      await eventually(async () => ((await query(url, WAKERS)).length === 0 ? true : undefined));
    });
  });

  describe('PostgresOutboxQueue', () => {
    outboxQueueContract(async () => ({
      queue: () => new PostgresOutboxQueue(settings, logger, NOBODY_TO_WAKE, { owner: 'test', keepsPublished: true }),
      commit: async (...messages) => {
        for (const message of messages) await unitOfWork.run(({ outbox }) => outbox.append(message));
      },
      appendAndHold: async (message) => {
        const appended = Promise.withResolvers<undefined>();
        const gate = Promise.withResolvers<never>();
        const held = unitOfWork.run(async ({ outbox }) => {
          await outbox.append(message);
          appended.resolve(undefined);
          return gate.promise;
        });
        await appended.promise;
        return async () => {
          gate.reject(new Error('rolled back'));
          await held.catch(() => undefined);
        };
      },
      parked: () => query(url, 'SELECT id, refusal FROM outbox_parked ORDER BY position'),
      retry: async (id) => {
        await query(url, 'UPDATE outbox_parked SET refusal = NULL WHERE id = $1', [id]);
      },
      cutOwner: async () => {
        const cut = await query(
          url,
          `SELECT pg_terminate_backend(pid) FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           GROUP BY pid`,
        );
        expect(cut).to.have.length(1);
      },
    }));

    /** The number of buckets of each session, ascending. */
    const owned = async () => {
      const rows = await query<{ count: number }>(
        url,
        `SELECT count(*)::int AS count FROM pg_locks
         WHERE locktype = 'advisory' AND classid = ${BUCKET_LOCKS}
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         GROUP BY pid ORDER BY count`,
      );
      return rows.map(({ count }) => count);
    };

    it('shares buckets fairly as relays come and go, except buckets with messages in flight', async () => {
      const relays = Array.from(
        { length: 3 },
        () => new PostgresOutboxQueue(settings, logger, NOBODY_TO_WAKE, { owner: 'test', keepsPublished: true }),
      );
      const [first, second, third] = relays as [PostgresOutboxQueue, PostgresOutboxQueue, PostgresOutboxQueue];
      const settled = (among: PostgresOutboxQueue[], shares: number[]) =>
        eventually(async () => {
          for (const relay of among) relay.putBack(await relay.fetch({ messages: 1, bytes: 1 }));
          return JSON.stringify(await owned()) === JSON.stringify(shares) ? true : undefined;
        }, 20_000);
      try {
        for (let count = 0; count < 30; count += 1) {
          const { opportunity, created } = anOpportunity({ id: someId() });
          await unitOfWork.run(async ({ opportunities, outbox }) => {
            await opportunities.add(opportunity);
            await outbox.append(messageOf(created, someId()));
          });
        }
        await settled([first], [64]);
        const before = await first.fetch({ messages: 100, bytes: 10 ** 6 });
        expect(before).to.have.length(30);

        const done = before.slice(0, 10);
        await eventually(async () => {
          expect(await second.fetch({ messages: 100, bytes: 10 ** 6 })).to.deep.equal([]);
          await first.fetch({ messages: 100, bytes: 10 ** 6 });
          const [fewer, more] = await owned();
          return fewer !== undefined && fewer > 0 && more !== undefined && more < 64 ? true : undefined;
        });
        await first.acknowledge(done);
        first.putBack(before.slice(10));
        await settled([first, second], [32, 32]);
        await settled(relays, [20, 22, 22]);

        const fetched = await Promise.all(relays.map((relay) => relay.fetch({ messages: 100, bytes: 10 ** 6 })));
        expect(fetched.flat().map(({ id }) => id)).to.have.members(before.slice(10).map(({ id }) => id));
        for (const [index, relay] of relays.entries()) relay.putBack(fetched[index]!);

        await second.release();
        await settled([first, third], [32, 32]);
        await third.release();
        await settled([first], [64]);
      } finally {
        await Promise.all(relays.map((relay) => relay.release()));
      }
    }).timeout(60_000);

    it('hands over buckets that it took in several steps', async () => {
      const relays = [relayOf('a'), relayOf('b')] as const;
      const settled = (among: readonly PostgresOutboxQueue[], expected: number[]) =>
        eventually(async () => {
          for (const relay of among) await relay.fetch({ messages: 1, bytes: 1 });
          return JSON.stringify(await owned()) === JSON.stringify(expected) ? true : undefined;
        });
      const holder = new pg.Client({ connectionString: url });
      await holder.connect();
      try {
        await holder.query(`SELECT pg_advisory_lock(${BUCKET_LOCKS}, bucket) FROM generate_series(40, 63) AS bucket`);
        await settled([relays[0]], [24, 40]);
        await holder.query('SELECT pg_advisory_unlock_all()');
        await settled([relays[0]], [64]);
        await settled(relays, [32, 32]);
      } finally {
        await holder.end();
        await Promise.all(relays.map((relay) => relay.release()));
      }
    }).timeout(30_000);

    it('keeps its session while it has nothing to ask, for instance while Kafka is slow', async () => {
      const relay = relayOf('a');
      try {
        await relay.fetch({ messages: 1, bytes: 1 });
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        expect(await owned()).to.deep.equal([64]);
      } finally {
        await relay.release();
      }
    }).timeout(20_000);

    it('keeps a bucket until the hand-over is noted, so that no successor counts a crash', async () => {
      const relay = relayOf('a');
      const slow = new pg.Client({ connectionString: url });
      await slow.connect();
      try {
        await relay.fetch({ messages: 1, bytes: 1 });
        await slow.query('BEGIN');
        await slow.query('SELECT FROM outbox_bucket WHERE bucket = 7 FOR UPDATE');
        const released = relay.release();
        await eventually(async () => {
          const waiting = await query(url, 'SELECT FROM pg_locks WHERE NOT granted');
          return waiting.length > 0 ? true : undefined;
        });
        expect(await owned()).to.deep.equal([64]);
        await slow.query('COMMIT');
        await released;
        const notes = await query(url, 'SELECT FROM outbox_bucket WHERE owner IS NOT NULL OR crashes > 0');
        expect(notes).to.deep.equal([]);
        expect(await owned()).to.deep.equal([]);
      } finally {
        await slow.end();
        await relay.release();
      }
    });

    const relayOf = (owner: string) =>
      new PostgresOutboxQueue(settings, logger, NOBODY_TO_WAKE, { owner, keepsPublished: true });
    const PLENTY = { messages: 100, bytes: 10 ** 6 };
    const commitEvents = async (count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const { created } = anOpportunity({ id: someId() });
        const message = messageOf(created, someId());
        await unitOfWork.run(({ outbox }) => outbox.append(message));
        ids.push(message.id);
      }
      return ids;
    };
    /** A time that is longer than the interval between a relay's looks at others. */
    const untilItLooksAgain = () => new Promise((resolve) => setTimeout(resolve, 110));

    it('retains published messages when it is configured to, except replays', async () => {
      const [one, replay] = (await commitEvents(2)) as [string, string];
      await query(url, `UPDATE outbox SET headers = headers || '{"ce_replayedat": "now"}' WHERE id = $1`, [replay]);
      const forgetful = new PostgresOutboxQueue(settings, logger, NOBODY_TO_WAKE, {
        owner: 'b',
        keepsPublished: false,
      });
      const keeping = relayOf('a');
      await keeping.acknowledge(await keeping.fetch(PLENTY));
      await keeping.release();
      await commitEvents(1);
      await forgetful.acknowledge(await forgetful.fetch(PLENTY));
      await forgetful.release();
      expect(await query(url, 'SELECT id FROM outbox_published')).to.deep.equal([{ id: one }]);
      expect(await query(url, 'SELECT id FROM outbox')).to.deep.equal([]);
    });

    it('misses no message of a late commit, although it skips removed rows', async () => {
      const relay = relayOf('a');
      try {
        const slow = new pg.Client({ connectionString: url });
        await slow.connect();
        await slow.query('BEGIN');
        const late = someId();
        await slow.query(`INSERT INTO outbox (bucket, id, key, headers, payload) VALUES (7, $1, 'k', '{}', '{}')`, [
          late,
        ]);
        for (let round = 0; round < 5; round += 1) {
          await commitEvents(2);
          const messages = await relay.fetch(PLENTY);
          expect(messages).to.have.length(2);
          await relay.acknowledge(messages);
          await untilItLooksAgain();
        }
        await slow.query('COMMIT');
        await slow.end();
        expect((await relay.fetch(PLENTY)).map(({ id }) => id)).to.deep.equal([late]);
      } finally {
        await relay.release();
      }
    });

    it('does not read removed rows again while a transaction holds a snapshot', async () => {
      const holder = new pg.Client({ connectionString: url });
      const relay = relayOf('a');
      /** Blocks of the table that were read so far, with a fetch more than when it was asked before. */
      const blocksWithAFetch = async () => {
        // A session reports its statistics with a statement that comes at least a second after its last report.
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await relay.fetch(PLENTY);
        const [row] = await query<{ blocks: number }>(
          url,
          `SELECT (heap_blks_read + heap_blks_hit)::int AS blocks FROM pg_statio_user_tables WHERE relname = 'outbox'`,
        );
        return row!.blocks;
      };
      try {
        await query(
          url,
          `INSERT INTO outbox (bucket, id, key, headers, payload)
           SELECT n % 64, uuidv7(), n::text, '{}', repeat('x', 600) FROM generate_series(1, 2000) AS n`,
        );
        await holder.connect();
        await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await holder.query('SELECT count(*) FROM outbox');
        for (;;) {
          const messages = await relay.fetch({ messages: 500, bytes: 10 ** 7 });
          if (messages.length === 0) break;
          await relay.acknowledge(messages);
        }
        await untilItLooksAgain();
        await relay.fetch(PLENTY);
        let before = await blocksWithAFetch();
        expect(before, 'told at all').to.be.above(1000);
        // What a session has read it may tell late, and so may ANALYZE; what is read each time would be told each time.
        await eventually(async () => {
          const read = -before + (before = await blocksWithAFetch());
          return read < 10 ? true : undefined;
        }, 15_000);
      } finally {
        await holder.end();
        await relay.release();
      }
    }).timeout(30_000);

    it('finds messages that come back from being parked, although its mark had passed them', async () => {
      const relay = relayOf('a');
      try {
        const [poison] = (await commitEvents(2)) as [string];
        const [first, second] = await relay.fetch(PLENTY);
        await relay.park(first!, 'too large');
        await relay.acknowledge([second!]);
        for (let look = 0; look < 3; look += 1) {
          await untilItLooksAgain();
          expect(await relay.fetch(PLENTY)).to.deep.equal([]);
        }
        await query(url, 'UPDATE outbox_parked SET refusal = NULL');
        await untilItLooksAgain();
        expect((await relay.fetch(PLENTY)).map(({ id }) => id)).to.deep.equal([poison]);
      } finally {
        await relay.release();
      }
    });

    it('finds messages in buckets that it takes over, although its mark had passed them', async () => {
      const [one, other] = [relayOf('a'), relayOf('b')];
      try {
        const relays = [one, other];
        const theirs: string[] = [];
        await eventually(async () => {
          await commitEvents(1);
          const [mine, fetched] = [await one.fetch(PLENTY), await other.fetch(PLENTY)];
          await one.acknowledge(mine);
          theirs.push(...fetched.map(({ id }) => id));
          await untilItLooksAgain();
          return theirs.length >= 5 ? true : undefined;
        });
        for (const relay of relays) {
          await untilItLooksAgain();
          await relay.fetch(PLENTY);
        }
        await other.release();
        const taken: string[] = [];
        await eventually(async () => {
          taken.push(...(await one.fetch(PLENTY)).map(({ id }) => id));
          return taken.length >= theirs.length ? true : undefined;
        });
        expect(taken).to.have.members(theirs);
      } finally {
        await one.release();
        await other.release();
      }
    });

    it('gives no message while the outbox is paused', async () => {
      const relay = relayOf('a');
      try {
        await commitEvents(1);
        await query(url, 'INSERT INTO outbox_pause (reason) VALUES (NULL)');
        expect(await relay.fetch(PLENTY)).to.deep.equal([]);
        await query(url, 'DELETE FROM outbox_pause');
        await untilItLooksAgain();
        expect(await relay.fetch(PLENTY)).to.have.length(1);
      } finally {
        await relay.release();
      }
    });

    describe('when several relays in a row crash', () => {
      /** Ends like a killed process: the connection ends without a hand-over. */
      const die = async (relay: PostgresOutboxQueue) => {
        await query(
          url,
          `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           GROUP BY pid`,
        );
        await relay.release();
      };
      let deaths = 0;
      const fetchAndDie = async () => {
        deaths += 1;
        const relay = relayOf(`process ${deaths}`);
        const messages = await relay.fetch(PLENTY);
        await die(relay);
        return messages.map(({ id }) => id);
      };

      it('gives messages one by one, parks the message over which they crash, and then goes on as before', async () => {
        const ids = await commitEvents(5);
        const rows = await query<{ bucket: number }>(url, 'SELECT bucket FROM outbox');
        const buckets = rows.map(({ bucket }) => bucket);
        const [poison, ...others] = ids as [string, ...string[]];
        for (let time = 0; time < 3; time += 1) expect(await fetchAndDie()).to.deep.equal(ids);
        for (let time = 0; time < 3; time += 1) expect(await fetchAndDie(), 'alone').to.deep.equal([poison]);

        const relay = relayOf('survivor');
        const published: string[] = [];
        for (;;) {
          const messages = await relay.fetch(PLENTY);
          if (messages.length === 0) break;
          expect(messages, 'one by one').to.have.length(1);
          expect(await relay.fetch(PLENTY), 'nothing else meanwhile').to.deep.equal([]);
          published.push(messages[0]!.id);
          await relay.acknowledge(messages);
        }
        expect(published).to.have.members(others);
        const parked = await query<{ id: string; refusal: string }>(url, 'SELECT id, refusal FROM outbox_parked');
        expect(parked.map(({ id }) => id)).to.deep.equal([poison]);
        expect(parked[0]?.refusal).to.include('Relays ended');

        const recovered = await query(url, 'SELECT bucket FROM outbox_bucket WHERE crashes = 0');
        expect(recovered, 'one bucket each').to.have.length(new Set(buckets).size);
        await relay.release();
      });

      it('skips no message of sound buckets while it looks at the suspicious ones', async () => {
        const inBucket = (bucket: number) =>
          query(url, `INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, uuidv7(), $2, '{}', '{}')`, [
            bucket,
            `key ${bucket}`,
          ]);
        await query(url, 'UPDATE outbox_bucket SET crashes = 3 WHERE bucket IN (2, 3)');
        for (const bucket of [1, 2, 3]) await inBucket(bucket);
        const relay = relayOf('survivor');
        const buckets: number[] = [];
        for (let time = 0; time < 3; time += 1) {
          const messages = await relay.fetch(PLENTY);
          buckets.push(...messages.map(({ bucket }) => bucket));
          await relay.acknowledge(messages);
          await untilItLooksAgain();
        }
        await relay.release();
        expect(buckets).to.deep.equal([2, 3, 1]);
      });

      it('blames no message whose publication failed while the process survived', async () => {
        const [one] = (await commitEvents(1)) as [string];
        for (let time = 0; time < 3; time += 1) await fetchAndDie();
        for (let time = 0; time < 6; time += 1) {
          deaths += 1;
          const relay = relayOf(`process ${deaths}`);
          const messages = await relay.fetch(PLENTY);
          expect(messages.map(({ id }) => id)).to.deep.equal([one]);
          relay.putBack(messages);
          // This statement runs behind the note of the survival, on the same connection.
          await relay.park({ ...messages[0]!, position: '0' }, 'never').catch(() => undefined);
          await query(url, 'SELECT pg_sleep(0.02)');
          await die(relay);
        }
        expect(await query(url, 'SELECT id FROM outbox_parked')).to.deep.equal([]);
      });

      it('blames neither relays that stop nor a lost connection', async () => {
        const ids = await commitEvents(3);
        const relay = relayOf('the same process');
        for (let time = 0; time < 4; time += 1) {
          expect((await relay.fetch(PLENTY)).map(({ id }) => id)).to.deep.equal(ids);
          await die(relay);
        }
        for (let time = 0; time < 4; time += 1) {
          deaths += 1;
          const stopping = relayOf(`process ${deaths}`);
          expect((await stopping.fetch(PLENTY)).map(({ id }) => id)).to.deep.equal(ids);
          await stopping.release();
        }
      });
    });

    it('makes the server end its session soon after the process has vanished or was silent for long', async () => {
      const wanted = {
        tcp_keepalives_idle: '3',
        tcp_keepalives_interval: '1',
        tcp_keepalives_count: '3',
        tcp_user_timeout: '5000',
        idle_session_timeout: '10s',
      };
      const client = new pg.Client(owningConnectionOptions(settings));
      await client.connect();
      try {
        // The server shows the values that are set on its socket.
        for (const [name, value] of Object.entries(wanted))
          expect((await client.query<Record<string, string>>(`SHOW ${name}`)).rows, name).to.deep.equal([
            { [name]: value },
          ]);
      } finally {
        await client.end();
      }

      // The settings belong to the relay's session alone.
      let startup = '';
      const { hostname, port } = new URL(url);
      const proxy = await startTcpProxy({ host: hostname, port: Number(port) }, () => ({
        toServer: (bytes) => ((startup ||= bytes.toString()), bytes.length),
        toClient: (bytes) => bytes.length,
      }));
      const through = new URL(url);
      through.host = `127.0.0.1:${proxy.port}`;
      const queue = new PostgresOutboxQueue({ ...settings, url: through.href }, logger, NOBODY_TO_WAKE, {
        owner: 'test',
        keepsPublished: true,
      });
      await queue.fetch({ messages: 1, bytes: 1 });
      await queue.release();
      await proxy.stop();
      for (const name of Object.keys(wanted)) expect(startup).to.contain(`-c ${name}=`);
    });

    describe('with a pooler before the database', () => {
      let proxy: TcpProxy;
      let pooled: string;

      before(async () => {
        const { hostname, port } = new URL(url);
        // The pooler gives its clients process ids that it invents.
        const keyData = Buffer.from([0x4b, 0, 0, 0, 12]);
        proxy = await startTcpProxy({ host: hostname, port: Number(port) }, () => ({
          toServer: (bytes) => bytes.length,
          toClient: (bytes) => {
            const place = bytes.indexOf(keyData);
            if (place >= 0) bytes.writeInt32BE(1_999_999_999, place + keyData.length);
            return bytes.length;
          },
        }));
        pooled = Object.assign(new URL(url), { host: `127.0.0.1:${proxy.port}` }).href;
      });

      after(() => proxy.stop());

      const warnings = () => logger.lines.filter(({ message }) => message.includes('a pooler stands before'));
      const sessionOf = async (given: Partial<DatabaseSettings>) =>
        (await new PostgresDatabaseDiagnosis({ ...settings, ...given }).look()).session;

      const relayThrough = (given: DatabaseSettings) =>
        new PostgresOutboxQueue(given, logger, NOBODY_TO_WAKE, { owner: 'test', keepsPublished: true });

      it('warns that the locks may be useless, and so does the doctor', async () => {
        logger.lines.length = 0;
        const queue = relayThrough({ ...settings, url: pooled });
        await queue.fetch({ messages: 1, bytes: 1 });
        await queue.release();
        expect(warnings()).to.have.length(1);
        expect(await sessionOf({ url: pooled })).to.equal('pooled');
      });

      it('goes around the pooler when DATABASE_DIRECT_URL is set', async () => {
        logger.lines.length = 0;
        const around = { ...settings, url: pooled, directUrl: url };
        const queue = relayThrough(around);
        await queue.fetch({ messages: 1, bytes: 1 });
        await queue.release();
        expect(warnings()).to.deep.equal([]);
        expect(await sessionOf(around)).to.equal('own');
        const nowhere = 'postgresql://nobody@127.0.0.1:1/test';
        expect(await sessionOf({ directUrl: nowhere })).to.have.property('reason', 'ECONNREFUSED');
      });

      it('sends notifications around the pooler, too', async () => {
        const nowhere = 'postgresql://nobody@127.0.0.1:1/test';
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        const heard = once(client, 'notification');
        await client.query('LISTEN outbox');
        const around = { ...settings, url: nowhere, directUrl: url };
        const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), around, logger, 'here');
        wakeUp.nudge();
        await heard;
        await wakeUp.close();
        await client.end();
      });
    });

    it('draws positions in commit order within a key, although a rival may have begun first', async () => {
      const { opportunity, created } = anOpportunity();
      const slow = Promise.withResolvers<undefined>();
      await unitOfWork.run(({ opportunities }) => opportunities.add(opportunity));

      // The rival begins first but gets the row's lock last, so it loses, and its event is not stored.
      const loser = rejection(
        unitOfWork.run(async ({ opportunities, outbox }) => {
          const mine = (await opportunities.get(opportunity.id))!;
          await slow.promise;
          mine.close('withdrawn', { actorId: 'loser', at: new Date() });
          await opportunities.save(mine);
          await outbox.append(messageOf(created, someId()));
        }),
      );
      const winner = someId();
      await unitOfWork.run(async ({ opportunities, outbox }) => {
        const mine = (await opportunities.get(opportunity.id))!;
        mine.close('filled', { actorId: 'winner', at: new Date() });
        await opportunities.save(mine);
        await outbox.append(messageOf(created, winner));
      });
      slow.resolve(undefined);
      await loser;
      expect(await query(url, 'SELECT id FROM outbox ORDER BY position')).to.deep.equal([{ id: winner }]);
    });
  });

  describe('MikroOrmSchemaMigrations', () => {
    it('runs once when several processes start together', async () => {
      const fresh = await createTestDatabase();
      const replicas = Array.from({ length: 4 }, () => createOrm({ ...settings, url: fresh }, logger));
      const applied = await Promise.all(replicas.map((replica) => new MikroOrmSchemaMigrations(replica).run()));
      await Promise.all(replicas.map((replica) => replica.close()));
      expect(applied.flat()).to.deep.equal([
        '0001-create-opportunity-table',
        '0002-create-outbox-table',
        '0003-add-moderation-columns',
        '0004-create-idempotency-key-table',
        '0005-add-list-indexes',
        '0006-add-changed-in',
        '0007-create-rate-limit-table',
        '0008-create-token-revocation-table',
        '0009-create-outbox-companions',
        '0010-vacuum-published-events-sooner',
      ]);
    });

    it('has nothing to do on a schema that is up to date', async () => {
      expect(await new MikroOrmSchemaMigrations(orm).run()).to.deep.equal([]);
    });

    it('changes nothing when it fails', async () => {
      const fresh = await createTestDatabase();
      await query(fresh, 'CREATE TABLE outbox (in_the_way text)');
      const replica = createOrm({ ...settings, url: fresh }, logger);
      await rejection(new MikroOrmSchemaMigrations(replica).run());
      await replica.close();
      expect(await query(fresh, "SELECT to_regclass('opportunity') AS found")).to.deep.equal([{ found: null }]);
    });
  });

  describe('the privileges that docs/operators/operations.md grants', () => {
    it('are enough to serve requests and to relay messages', async () => {
      const database = await createTestDatabase();
      const owner = createOrm({ ...settings, url: database }, logger);
      await new MikroOrmSchemaMigrations(owner).run();
      await owner.close();
      const role = `test_${new URL(database).pathname.slice(-12)}`;
      await query(database, `CREATE ROLE ${role} LOGIN`);
      const grants = readFileSync('docs/operators/operations.md', 'utf8').match(/^GRANT .*;$/gm) ?? [];
      expect(grants).to.have.length(9);
      for (const grant of grants) await query(database, grant.replace('opportunities_service', role));

      const url = database.replace(/\/\/[^@]*@/, `//${role}@`);
      const served = createOrm({ ...settings, url }, logger);
      const queue = new PostgresOutboxQueue({ ...settings, url }, logger, NOBODY_TO_WAKE, {
        owner: 'test',
        keepsPublished: true,
      });
      const { opportunity, created } = anOpportunity();
      const pool = new RateLimitPool({ ...settings, url }, logger);
      const limiter = new PostgresRateLimiter(pool, new FixedClock(new Date()), logger);
      const revocations = new RevocationPool({ ...settings, url }, logger);
      const administration = new PostgresOutboxAdministration({ ...settings, url }, true);
      const register = new PostgresRevocationStore(revocations, 86_400);
      const retry = { key: 'key', fingerprint: 'request' };
      logger.lines.length = 0;
      expect(await new MikroOrmSchemaMigrations(served).pending()).to.deep.equal([]);
      await new PostgresUnitOfWork(served, NOBODY_TO_WAKE, requests, LARGEST_MESSAGE_BYTES).run(
        async ({ opportunities, outbox, idempotencyKeys }) => {
          await idempotencyKeys.claim('ada', retry);
          await opportunities.add(opportunity);
          opportunity.close('filled', { actorId: 'owner', at: new Date() });
          await opportunities.save(opportunity);
          await outbox.append(messageOf(created, someId()));
          await idempotencyKeys.remember('ada', retry, '{}');
        },
      );
      const reader = { sees: visibleTo(OWNER), mayHaveSeen: onceVisibleTo(OWNER) };
      expect((await new PostgresChangeFeed(served).read(undefined, reader, 1)).changed).to.have.length(1);
      const listing = aListing({ filter: { search: 'backend', statuses: ['closed'] } });
      const { items } = await new PostgresOpportunityCatalogue(served).list(
        visibleTo({ id: 'ada', role: 'user' }),
        listing,
      );
      expect(items).to.have.length(1);
      const messages = await queue.fetch({ messages: 10, bytes: 10 ** 6 });
      expect(messages).to.have.length(1);
      await queue.acknowledge(messages);
      await limiter.take({ name: 'reads', limit: 1, windowSeconds: 60 }, 'ada');
      await pool.end();
      expect(logger.lines.filter(({ message }) => message.includes('rate limits'))).to.deep.equal([]);
      await register.record({ userId: 'ada', validAfter: new Date(), reason: null });
      await register.record({ userId: 'ada', validAfter: new Date(), reason: null });
      expect((await register.since(undefined)).revocations).to.have.length(1);
      await revocations.end();
      for (const name of ['first', 'second'])
        await query(
          database,
          `INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
           VALUES ($1, 0, $2, $3, '{}', '{}', now(), 'too large')`,
          [name.length, someId(), name],
        );
      const [first, second] = await administration.parkedKeys();
      expect(await administration.retry([first!.event])).to.have.length(1);
      expect(await administration.discard(second!.event, 'a test', true)).to.deep.include({ discarded: 1 });
      await administration.pause(null);
      await administration.resume();
      expect((await administration.status(1)).retained?.count).to.equal(1);
      await administration.close();
      await new PostgresEventRetention(served, 0).removeOld();
      await queue.release();
      await served.close();
      await query(database, `DROP OWNED BY ${role}`);
      await query(database, `DROP ROLE ${role}`);
    });
  });

  describe('health', () => {
    it('tells whether the database answers', async () => {
      await new PostgresDatabaseHealth(orm).check();
      const nowhere = createOrm({ ...settings, url: 'postgresql://nobody@127.0.0.1:1/test' }, logger);
      await rejection(new PostgresDatabaseHealth(nowhere).check());
      await nowhere.close();
    });

    it('tells how many messages wait, and since when', async () => {
      const health = new PostgresOutboxHealth(orm);
      expect(await health.backlog()).to.deep.equal({ waiting: 0, oldestSeconds: 0, parkedKeys: 0 });
      for (const [index, seconds] of [30, 10].entries())
        await query(
          url,
          "INSERT INTO outbox (bucket, id, key, headers, payload, created_at) VALUES (0, $1, $2, '{}', '{}', now() - $3 * interval '1 s')",
          [someId(), String(index), seconds],
        );
      const { waiting, oldestSeconds } = await health.backlog();
      expect(waiting).to.equal(2);
      expect(oldestSeconds).to.be.within(30, 40);
    });

    it('counts parked keys, without the messages behind them and without keys that are freed', async () => {
      const park = `INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
        SELECT position, 0, gen_random_uuid(), key, '{}', '{}', now(), refusal
        FROM (VALUES (1, 'a', 'too large'), (2, 'a', NULL), (3, 'b', NULL), (4, 'b', 'too large'), (5, 'c', 'too large'))
          AS parked (position, key, refusal)`;
      await query(url, park);
      expect((await new PostgresOutboxHealth(orm).backlog()).parkedKeys).to.equal(2);
    });
  });
});
