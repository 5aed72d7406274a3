import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { expect } from 'chai';
import pg from 'pg';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { StorageUnavailable } from '#application/ports/application-error';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { PostgresDatabaseHealth } from '#infrastructure/persistence/operations/postgres-health';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { anOpportunity, someId } from '../../../support/opportunities/an-opportunity.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };

describe('PostgresUnitOfWork', () => {
  const database = useMigratedDatabase();

  it('rejects with StorageUnavailable when a statement takes too long', async () => {
    const { created } = anOpportunity();
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
    const impatient = createOrm({ ...database.settings, statementTimeoutMs: 200 }, database.logger);
    try {
      const patience = new PostgresUnitOfWork(impatient, NOBODY_TO_WAKE, database.requests, LARGEST_MESSAGE_BYTES);
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
      database.unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(message);
      }),
    );
    expect(error).to.have.property('code', '22P02');
    expect(await query(database.url, 'SELECT 1 FROM opportunity')).to.deep.equal([]);
    expect(database.nudges()).to.equal(0);
    // The connection works as before.
    await database.store(opportunity);
  });

  it('rejects when PostgreSQL replies to COMMIT that it has rolled back, and wakes no relay', async () => {
    const { opportunity, created } = anOpportunity();
    const pool = await database.orm.em.getConnection().getNativeClient();
    // An aborted transaction makes the server reply to COMMIT as to this statement.
    const rollingBack = (client: pg.PoolClient) => {
      const query = client.query.bind(client) as (statement: unknown, ...more: unknown[]) => unknown;
      client.query = ((statement: { text?: string }, ...more: unknown[]) => {
        const isCommit = statement.text === 'COMMIT';
        if (isCommit) client.query = query as typeof client.query;
        return query(isCommit ? { ...statement, text: 'ROLLBACK' } : statement, ...more);
      }) as typeof client.query;
    };
    pool.once('acquire', rollingBack);
    const error = await rejection(
      database.unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
      }),
    );
    expect(String(error)).to.include('rolled the transaction back');
    expect(await query(database.url, 'SELECT 1 FROM opportunity')).to.deep.equal([]);
    expect(database.nudges()).to.equal(0);
  });

  it('rejects with StorageUnavailable when every connection is in use', async () => {
    const small = createOrm({ ...database.settings, poolMax: 1 }, database.logger);
    const gate = Promise.withResolvers<undefined>();
    const cramped = new PostgresUnitOfWork(small, NOBODY_TO_WAKE, database.requests, LARGEST_MESSAGE_BYTES);
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
      database.unitOfWork.run(async ({ opportunities }) => {
        await opportunities.get(someId());
        await query(
          database.url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'",
        );
        await opportunities.add(opportunity);
      }),
    );
    expect(error).to.be.instanceOf(StorageUnavailable);
    expect(await query(database.url, 'SELECT 1 FROM opportunity')).to.deep.equal([]);
  });

  it('rejects with StorageUnavailable when the database falls silent', async () => {
    const { hostname, port } = new URL(database.url);
    const links: [Socket, Socket][] = [];
    const cable = createServer((client) => {
      const server = connect({ host: hostname, port: Number(port) });
      client.pipe(server).pipe(client);
      for (const end of [client, server]) end.on('error', () => end.destroy());
      links.push([client, server]);
    }).listen(0, '127.0.0.1');
    await once(cable, 'listening');
    const away = new URL(database.url);
    away.host = `127.0.0.1:${(cable.address() as AddressInfo).port}`;
    const far = createOrm(
      { ...database.settings, url: away.href, statementTimeoutMs: 100, poolMax: 1 },
      database.logger,
    );
    const behindCable = new PostgresUnitOfWork(far, NOBODY_TO_WAKE, database.requests, LARGEST_MESSAGE_BYTES);
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
    const small = createOrm({ ...database.settings, poolMax: 1 }, database.logger);
    const cramped = new PostgresUnitOfWork(small, NOBODY_TO_WAKE, database.requests, LARGEST_MESSAGE_BYTES);
    for (let death = 0; death < 3; death++) {
      const error = await rejection(
        cramped.run(async ({ opportunities }) => {
          await query(
            database.url,
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
    await query(standby, `ALTER DATABASE ${new URL(standby).pathname.slice(1)} SET default_transaction_read_only = on`);
    const replica = createOrm({ ...database.settings, url: standby }, database.logger);
    const onReplica = new PostgresUnitOfWork(replica, NOBODY_TO_WAKE, database.requests, LARGEST_MESSAGE_BYTES);
    const error = await rejection(onReplica.run(() => replica.em.getConnection().execute('CREATE TABLE nothing ()')));
    expect(error).to.be.instanceOf(StorageUnavailable);
    await rejection(new PostgresDatabaseHealth(replica).check());
    await replica.close();
    const queue = new PostgresOutboxQueue({ ...database.settings, url: standby }, database.logger, NOBODY_TO_WAKE, {
      owner: 'test',
      keepsPublished: true,
    });
    expect(await rejection(queue.fetch({ messages: 1, bytes: 1 }))).to.be.instanceOf(StorageUnavailable);
  });

  it('removes expired idempotency keys when another one is stored', async () => {
    const use = (key: string) =>
      database.unitOfWork.run(async ({ idempotencyKeys }) => {
        const retry = { key, fingerprint: 'request' };
        await idempotencyKeys.claim('ada', retry);
        await idempotencyKeys.remember('ada', retry, 'response');
      });
    await use('expired');
    await query(database.url, "UPDATE idempotency_key SET created_at = now() - interval '25 hours'");
    await use('young');
    await query(
      database.url,
      "UPDATE idempotency_key SET created_at = now() - interval '23 hours' WHERE key = 'young'",
    );
    await use('new');
    const keys = await query<{ key: string }>(database.url, 'SELECT key FROM idempotency_key ORDER BY key');
    expect(keys.map(({ key }) => key)).to.deep.equal(['new', 'young']);
  });

  it('stores the trace of the request with its event', async () => {
    const { opportunity, created } = anOpportunity();
    const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
    await database.requests.run({ requestId: 'one', traceparent }, () =>
      database.unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
      }),
    );
    const [row] = await query<{ headers: Record<string, string> }>(database.url, 'SELECT headers FROM outbox');
    expect(row?.headers['traceparent']).to.equal(traceparent);
  });
});
