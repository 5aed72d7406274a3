import { mock } from 'node:test';
import { expect } from 'chai';
import pg from 'pg';
import { StorageUnavailable } from '#application/ports/application-error';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresEventRetention } from '#infrastructure/persistence/operations/postgres-event-retention';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { createTestDatabase, emptyDatabase, query } from '../../../support/servers/test-database.ts';

describe('PostgresEventRetention', () => {
  const logger = new RecordingLogger();
  let url: string;
  let orm: ReturnType<typeof createOrm>;

  before(async () => {
    url = await createTestDatabase();
    orm = createOrm({ url, poolMax: 4, statementTimeoutMs: 2000 }, logger);
    await new MikroOrmSchemaMigrations(orm).run();
  });

  beforeEach(() => emptyDatabase(url));

  afterEach(() => {
    mock.restoreAll();
  });

  after(() => orm.close());

  /** Stores retained events with positions from 1 on, published this long ago. */
  const keep = (first: number, count: number, minutes: number) =>
    query(
      url,
      `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
       SELECT n, 0, gen_random_uuid(), 'k', '{}', '{}', now(),
         clock_timestamp() - $3 * interval '1 min' + n * interval '1 microsecond'
       FROM generate_series($1::int, $1::int + $2::int - 1) AS n`,
      [first, count, minutes],
    );
  const left = async () =>
    (await query<{ position: string }>(url, 'SELECT position FROM outbox_published ORDER BY position')).map(
      ({ position }) => Number(position),
    );

  it('removes events whose retention is over, and no others', async () => {
    await keep(1, 3, 121);
    await keep(4, 2, 119);
    expect(await new PostgresEventRetention(orm, 2).removeOld()).to.equal(false);
    expect(await left()).to.deep.equal([4, 5]);
  });

  it('removes a limited number at a time, the oldest first, and tells whether more are left', async () => {
    await keep(1, 2500, 600);
    const events = new PostgresEventRetention(orm, 1);
    expect(await events.removeOld()).to.equal(true);
    expect(await left())
      .to.have.length(1500)
      .and.include(1001)
      .and.not.include(1000);
    expect(await events.removeOld()).to.equal(true);
    expect(await events.removeOld()).to.equal(false);
    expect(await left()).to.deep.equal([]);
  });

  it('finds rows that became visible late', async () => {
    const events = new PostgresEventRetention(orm, 1);
    await keep(1, 3, 600);
    await events.removeOld();
    await keep(4, 2, 600.5);
    await events.removeOld();
    expect(await left()).to.deep.equal([]);
  });

  it('starts after the row that was removed last, and starts at the oldest row again after an hour', async () => {
    const events = new PostgresEventRetention(orm, 1);
    await keep(1, 3, 600);
    await events.removeOld();
    await keep(4, 2, 700);
    await events.removeOld();
    expect(await left()).to.deep.equal([4, 5]);
    const later = performance.now() + 3_600_000;
    mock.method(performance, 'now', () => later);
    await events.removeOld();
    expect(await left()).to.deep.equal([]);
  });

  it('removes all retained events when retention is switched off', async () => {
    await keep(1, 3, 0);
    await new PostgresEventRetention(orm, 0).removeOld();
    expect(await left()).to.deep.equal([]);
  });

  it('does not wait for another relay that removes the same rows, and skips the rows of that relay', async () => {
    await keep(1, 4, 600);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('DELETE FROM outbox_published WHERE position <= 2');
    const events = new PostgresEventRetention(orm, 1);
    expect(await events.removeOld()).to.equal(false);
    await other.query('ROLLBACK');
    expect(await left()).to.deep.equal([1, 2]);
    await other.end();
    await events.removeOld();
    expect(await left(), 'that one has failed').to.deep.equal([]);
  });

  it('finds old rows through the index, however many rows there are', async () => {
    await keep(1, 20_000, 1);
    await keep(30_000, 10, 600);
    await query(url, 'ANALYZE outbox_published');
    const seen: string[] = [];
    const explaining = {
      em: {
        getConnection: () => ({
          execute: async (sql: string, values: unknown[], method: 'get') => {
            const connection = orm.em.getConnection();
            const rows = await connection.execute<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${sql}`, values);
            seen.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
            return connection.execute(sql, values, method);
          },
        }),
      },
    } as unknown as typeof orm;
    await new PostgresEventRetention(explaining, 1).removeOld();
    expect(seen[0])
      .to.match(/Index Scan (using|on) outbox_published_at\b/)
      // The condition must be an index bound: a filter would read all retained rows each time.
      .and.match(/Index Cond: .*published_at < /)
      .and.not.match(/Seq Scan on outbox_published/);
    expect(await left()).to.have.length(20_000);
  });

  it('rejects with StorageUnavailable when the database cannot be reached', async () => {
    const nowhere = createOrm(
      { url: 'postgresql://nobody@127.0.0.1:1/test', poolMax: 2, statementTimeoutMs: 500 },
      logger,
    );
    expect(await rejection(new PostgresEventRetention(nowhere, 1).removeOld())).to.be.instanceOf(StorageUnavailable);
    await nowhere.close();
  });
});
