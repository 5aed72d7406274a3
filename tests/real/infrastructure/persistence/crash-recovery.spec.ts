import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { PostgresRevocationStore, RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { type PostgresServer, startPostgres } from '../../../../tools/local/postgres/postgres.ts';
import { anOpportunity, someId } from '../../../support/opportunities/an-opportunity.ts';
import { OWNER } from '../../../support/opportunities/some-actors.ts';
import { query } from '../../../support/servers/test-database.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };
const READER = { sees: visibleTo(OWNER), mayHaveSeen: onceVisibleTo(OWNER) };

describe('after a crash of PostgreSQL', () => {
  const logger = new RecordingLogger();
  let server: PostgresServer;
  const settings = () => ({ url: server.url, poolMax: 4, statementTimeoutMs: 5000 });

  before(async function () {
    this.timeout(60_000);
    const dir = mkdtempSync(join(tmpdir(), 'opportunities-test-crash-'));
    // The writer of the log sleeps, so that a commit without synchronous_commit stays in memory until the crash.
    server = await startPostgres({ dir, removeOnStop: true, settings: { fsync: 'off', wal_writer_delay: '10s' } });
    const orm = createOrm(settings(), logger);
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
  });

  after(() => server.stop());

  /** Finishes transactions whose log records are in memory alone: commits and rollbacks. */
  async function finishUnlogged(): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('SET synchronous_commit = off');
    for (const end of ['COMMIT', 'ROLLBACK', 'COMMIT', 'ROLLBACK', 'COMMIT', 'ROLLBACK'])
      await client.query(`BEGIN; SELECT pg_current_xact_id(); ${end}`);
    await client.end();
  }

  const nextTransaction = async () => {
    const [row] = await query<{ next: string }>(
      server.url,
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
    );
    return BigInt(row?.next ?? 0);
  };

  async function crash(): Promise<void> {
    server.kill('SIGKILL');
    await server.exited;
    await server.restart();
  }

  it('gives transaction ids out again that nobody saved, so that the next tests prove something', async () => {
    await finishUnlogged();
    const before = await nextTransaction();
    await crash();
    expect(Number((await nextTransaction()) - before)).to.be.below(0);
  }).timeout(30_000);

  it('a sync token that was issued before it misses no change', async () => {
    for (let round = 0; round < 3; round += 1) {
      let orm = createOrm(settings(), logger);
      await finishUnlogged();
      const { position } = await new PostgresChangeFeed(orm).read(undefined, READER, 100);
      await orm.close();
      await crash();
      orm = createOrm(settings(), logger);
      const { opportunity, created } = anOpportunity();
      await new PostgresUnitOfWork(orm, NOBODY_TO_WAKE, new AsyncLocalRequestScope(), LARGEST_MESSAGE_BYTES).run(
        async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
        },
      );
      const { changed } = await new PostgresChangeFeed(orm).read(position, READER, 100);
      await orm.close();
      expect(changed.map(({ id }) => id)).to.include(opportunity.id);
    }
  }).timeout(60_000);

  it('a copy of the revocations that was read before it misses none', async () => {
    const open = () => {
      const pool = new RevocationPool(settings(), logger);
      return { pool, store: new PostgresRevocationStore(pool, 86_400) };
    };
    for (let round = 0; round < 3; round += 1) {
      const before = open();
      await finishUnlogged();
      const { position } = await before.store.since(undefined);
      await before.pool.end();
      await crash();
      const after = open();
      const userId = `user ${round}`;
      await after.store.record({ userId, validAfter: new Date(), reason: null });
      const { revocations } = await after.store.since(position);
      await after.pool.end();
      expect(revocations.map((each) => each.userId)).to.include(userId);
    }
  }).timeout(60_000);
});
