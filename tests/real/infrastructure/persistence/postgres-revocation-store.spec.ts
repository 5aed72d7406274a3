import { expect } from 'chai';
import pg from 'pg';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresRevocationStore } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { createTestDatabase, emptyDatabase, query } from '../../../support/servers/test-database.ts';

const DAY = 86_400;
const RECORD = 'INSERT INTO token_revocation (user_id, valid_after, reason) VALUES ($1, $2, $3)';

describe('PostgresRevocationStore', () => {
  const logger = new RecordingLogger();
  const open: pg.Pool[] = [];
  let url: string;
  let other: string;

  before(async () => {
    [url, other] = await Promise.all([migrated(), migrated()]);
  });

  beforeEach(() => Promise.all([emptyDatabase(url), emptyDatabase(other)]));

  afterEach(() => Promise.all(open.splice(0).map((pool) => pool.end())));

  async function migrated(): Promise<string> {
    const database = await createTestDatabase();
    const orm = createOrm({ url: database, poolMax: 2, statementTimeoutMs: 5000 }, logger);
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
    return database;
  }

  const storeOf = (database: string, statementTimeoutMs = 5000): PostgresRevocationStore => {
    const pool = new RevocationPool({ url: database, poolMax: 10, statementTimeoutMs }, logger);
    open.push(pool);
    return new PostgresRevocationStore(pool, DAY);
  };

  it('keeps the latest revocation when several processes record at once', async () => {
    const processes = Array.from({ length: 4 }, () => storeOf(url));
    const now = Date.now();
    const instants = Array.from({ length: 40 }, (_, index) => now - 1000 + ((index * 17) % 40));
    await Promise.all(
      instants.map((instant, index) =>
        processes[index % 4]!.record({ userId: 'ada', validAfter: new Date(instant), reason: String(instant) }),
      ),
    );
    const latest = Math.max(...instants);
    const expected = { userId: 'ada', validAfter: new Date(latest), reason: String(latest) };
    expect(await processes[0]!.find('ada')).to.deep.equal(expected);
  });

  it('returns a row that was changed by hand', async () => {
    const store = storeOf(url);
    await store.record({ userId: 'ada', validAfter: new Date(Date.now() - 5000), reason: null });
    const { position } = await store.since(undefined);
    await query(url, "UPDATE token_revocation SET valid_after = now() WHERE user_id = 'ada'");
    const { revocations } = await store.since(position);
    expect(revocations.map(({ userId }) => userId)).to.deep.equal(['ada']);
  });

  it('removes expired revocations when another one is recorded', async () => {
    const store = storeOf(url);
    await query(url, RECORD, ['old', new Date(Date.now() - 2 * DAY * 1000), null]);
    await store.record({ userId: 'new', validAfter: new Date(), reason: null });
    expect(await query(url, 'SELECT user_id FROM token_revocation')).to.deep.equal([{ user_id: 'new' }]);
  });

  it('finds new revocations through an index, however many rows there are', async () => {
    await query(
      url,
      "INSERT INTO token_revocation (user_id, valid_after) SELECT 'user-' || n, now() FROM generate_series(1, 20000) AS n",
    );
    await query(url, 'ANALYZE token_revocation');
    const seen: string[] = [];
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const explaining = {
      query: async (sql: string, values: unknown[]) => {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${sql}`, values);
        seen.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return client.query(sql, values);
      },
    } as unknown as pg.Pool;
    const store = new PostgresRevocationStore(explaining, DAY);
    const { position, revocations } = await store.since(undefined);
    expect(revocations).to.have.length(20_000);
    await store.since(position);
    await client.end();
    expect(seen[1]).to.not.match(/Seq Scan on token_revocation/);
    expect(seen[1]).to.match(/Index (Only )?Scan using token_revocation_changed/);
  });

  it('returns restored rows only once, although their transaction ids are higher than those of the new cluster', async () => {
    await query(url, RECORD, ['ada', new Date(), null]);
    await query(url, 'ALTER TABLE token_revocation DISABLE TRIGGER USER');
    await query(url, "UPDATE token_revocation SET changed_in = '999999999999'");
    await query(url, 'ALTER TABLE token_revocation ENABLE TRIGGER USER');
    const store = storeOf(url);
    const first = await store.since(undefined);
    expect(first.revocations).to.have.length(1);
    const orm = createOrm({ url, poolMax: 2, statementTimeoutMs: 5000 }, logger);
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
    const { position } = await store.since(first.position);
    expect((await store.since(position)).revocations).to.deep.equal([]);
  });
});
