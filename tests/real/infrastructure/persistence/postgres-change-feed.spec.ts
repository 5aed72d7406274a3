import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { FeedPositionExpired } from '#application/ports/opportunities/change-feed';
import { StorageUnavailable } from '#application/ports/application-error';
import type { Actor } from '#domain/actor';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { startPostgres } from '../../../../tools/local/postgres/postgres.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { MODERATOR, OWNER, STRANGER } from '../../../support/opportunities/some-actors.ts';
import { createTestDatabase, emptyDatabase, query } from '../../../support/servers/test-database.ts';

const logger = new RecordingLogger();
const reader = (actor: Actor) => ({ sees: visibleTo(actor), mayHaveSeen: onceVisibleTo(actor) });

/** Many rows of one transaction; $1 how many, $2 their status. */
const MANY = `
  INSERT INTO opportunity (id, owner_id, status, version, created_at, updated_at, published_at, type, title, description, tags, languages)
  SELECT gen_random_uuid(), 'owner', $2, 1, now(), now(), CASE $2 WHEN 'published' THEN now() END, 'job', 'Job ' || n,
    repeat('x', 300), '{}', '{}'
  FROM generate_series(1, $1::int) AS n`;

describe('PostgresChangeFeed, on what only PostgreSQL has', () => {
  let url: string;
  let orm: MikroORM;
  let feed: PostgresChangeFeed;

  before(async () => {
    url = await createTestDatabase();
    orm = await migrated(url);
    feed = new PostgresChangeFeed(orm);
  });

  beforeEach(() => emptyDatabase(url));

  after(() => orm.close());

  async function round(position: string | undefined, as: Actor, limit = 100) {
    const pages: string[][] = [];
    const positions: string[] = [];
    let hasMore = true;
    while (hasMore) {
      const page = await feed.read(position, reader(as), limit);
      ({ position, hasMore } = page);
      pages.push(page.changed.map(({ id }) => id));
      positions.push(position);
    }
    return { pages, positions, position: position! };
  }

  const idsStored = async () => (await query<{ id: string }>(url, 'SELECT id FROM opportunity')).map(({ id }) => id);

  it('tells of changes that were made by hand', async () => {
    await query(url, MANY, [2, 'published']);
    const [id] = await idsStored();
    const { position } = await round(undefined, STRANGER);
    await query(url, "UPDATE opportunity SET title = 'Corrected' WHERE id = $1", [id]);
    const { changed } = await feed.read(position, reader(STRANGER), 100);
    expect(changed.map(({ details }) => details.title)).to.deep.equal(['Corrected']);
  });

  it('looks at a bounded number of rows in one call, and never says which ones it passed over', async () => {
    await query(url, MANY, [1200, 'draft']);
    const { pages, positions } = await round(undefined, STRANGER);
    expect(pages).to.deep.equal([[], [], []]);
    const all = positions.join();
    for (const id of await idsStored()) expect(all).not.to.contain(id);
    expect((await round(undefined, MODERATOR)).pages.flat()).to.have.members(await idsStored());
  });

  it('ends a round where it ends, whatever has changed since', async () => {
    await query(url, MANY, [2, 'published']);
    const first = await feed.read(undefined, reader(STRANGER), 1);
    await query(url, MANY, [600, 'published']);
    const second = await feed.read(first.position, reader(STRANGER), 1);
    expect([second.changed.length, second.hasMore]).to.deep.equal([1, false]);
  });

  it('gives each row once where one transaction has changed them all, some for the reader and some not', async () => {
    // Neighbours, which differ in the last digits alone.
    const neighbours = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    await query(url, MANY.replace('gen_random_uuid()', neighbours), [1400, 'draft']);
    const { position } = await round(undefined, STRANGER);
    await query(
      url,
      `UPDATE opportunity SET status = 'published', published_at = now()
       WHERE id IN (SELECT id FROM opportunity ORDER BY title LIMIT 700)`,
    );
    await query(url, "UPDATE opportunity SET title = 'All changed'");
    const published = await query<{ id: string }>(url, "SELECT id FROM opportunity WHERE status = 'published'");
    for (const limit of [9, 100]) {
      const { pages } = await round(position, STRANGER, limit);
      expect(pages.flat()).to.have.length(700);
      expect(pages.flat()).to.have.members(published.map(({ id }) => id));
      expect(Math.max(...pages.map(({ length }) => length))).to.equal(limit);
    }
  });

  it('comes to a table that is in use without writing its rows anew', async () => {
    const old = await createTestDatabase();
    const upgraded = createOrm({ url: old, poolMax: 2, statementTimeoutMs: 20_000 }, logger);
    await upgraded.migrator.up({ to: '0004-create-idempotency-key-table' });
    await query(old, MANY, [3, 'published']);
    const places = () => query(old, 'SELECT id, ctid::text FROM opportunity ORDER BY id');
    const before = await places();
    await new MikroOrmSchemaMigrations(upgraded).run();
    expect(await places()).to.deep.equal(before);
    const { changed } = await new PostgresChangeFeed(upgraded).read(undefined, reader(STRANGER), 10);
    expect(changed).to.have.length(3);
    await upgraded.close();
  });

  describe('after a restoration', () => {
    it('refuses positions from before, when the table was restored into the same database', async () => {
      const again = await createTestDatabase();
      const first = await migrated(again);
      const { position } = await new PostgresChangeFeed(first).read(undefined, reader(STRANGER), 1);
      await query(again, 'CREATE TABLE dump (LIKE opportunity INCLUDING ALL)');
      await query(again, 'DROP TABLE opportunity');
      await query(again, 'ALTER TABLE dump RENAME TO opportunity');
      const restored = new PostgresChangeFeed(first);
      expect(await rejection(restored.read(position, reader(STRANGER), 1))).to.be.instanceOf(FeedPositionExpired);
      expect((await restored.read(undefined, reader(STRANGER), 1)).changed).to.deep.equal([]);
      await first.close();
    });

    it('finds what a dump says was changed in the future, once the migrations have run', async () => {
      await query(url, MANY, [3, 'published']);
      await query(url, 'ALTER TABLE opportunity DISABLE TRIGGER opportunity_changed_in');
      await query(url, "UPDATE opportunity SET changed_in = '4000000000' WHERE title <> 'Job 1'");
      await query(url, 'ALTER TABLE opportunity ENABLE TRIGGER opportunity_changed_in');
      const lost = await round(undefined, STRANGER);
      expect(lost.pages.flat()).to.have.length(1);

      await new MikroOrmSchemaMigrations(orm).run();
      const { position } = await round(undefined, STRANGER);
      expect((await round(undefined, STRANGER)).pages.flat()).to.have.members(await idsStored());
      expect((await round(lost.position, STRANGER)).pages.flat()).to.have.length(2);

      const before = await query(url, 'SELECT id, changed_in::text FROM opportunity ORDER BY id');
      await new MikroOrmSchemaMigrations(orm).run();
      expect(await query(url, 'SELECT id, changed_in::text FROM opportunity ORDER BY id')).to.deep.equal(before);
      expect((await round(position, STRANGER)).pages.flat()).to.deep.equal([]);
    });

    it('refuses positions from before a fail-over, and answers nothing on a standby', async () => {
      const [primaryDir, standbyDir] = [folder(), folder()];
      const settings = { fsync: 'off' };
      const primary = await startPostgres({ dir: primaryDir, database: 'test', removeOnStop: false, settings });
      const onPrimary = await migrated(primary.url);
      await query(primary.url, MANY, [3, 'published']);
      const { position } = await new PostgresChangeFeed(onPrimary).read(undefined, reader(STRANGER), 1);
      await onPrimary.close();
      await primary.stop();

      cpSync(join(primaryDir, 'data'), join(standbyDir, 'data'), { recursive: true });
      chmodSync(join(standbyDir, 'data'), 0o700);
      writeFileSync(join(standbyDir, 'data', 'standby.signal'), '');
      const standby = await startPostgres({ dir: standbyDir, database: 'test', removeOnStop: true, settings });
      const onStandby = createOrm({ url: standby.url, poolMax: 2, statementTimeoutMs: 2000 }, logger);
      const fed = new PostgresChangeFeed(onStandby);
      try {
        for (const given of [undefined, position])
          expect(await rejection(fed.read(given, reader(STRANGER), 1))).to.be.instanceOf(StorageUnavailable);
        await query(standby.url, 'SELECT pg_promote()');
        expect(await rejection(fed.read(position, reader(STRANGER), 1))).to.be.instanceOf(FeedPositionExpired);
        expect((await fed.read(undefined, reader(STRANGER), 5)).changed).to.have.length(3);
      } finally {
        await onStandby.close();
        await standby.stop();
        rmSync(primaryDir, { recursive: true, force: true });
      }
    });
  });

  it('reads little of a hundred thousand rows, whatever it is asked', async () => {
    const { whileOpen, now } = await fill();
    const first = await feed.read(undefined, reader(STRANGER), 100);
    let middle = first;
    for (let page = 0; page < 50; page++) middle = await feed.read(middle.position, reader(STRANGER), 100);
    const everybody = await feed.read(now, reader(MODERATOR), 100);
    const cases: [what: string, position: string | undefined, as: Actor, rows: number][] = [
      ['the first page of a copy', undefined, STRANGER, 501],
      ['a page in the middle of a copy', middle.position, STRANGER, 501],
      ['a page in the middle of a round', everybody.position, MODERATOR, 501],
      ['the drafts of others', now, STRANGER, 501],
      ['what was open during all of it', whileOpen, STRANGER, 501],
      ['nothing', (await round(now, OWNER)).position, OWNER, 0],
    ];
    for (const [what, position, as, rows] of cases) {
      const plan = await planOf(position, as);
      const text = `${what}\n${summary(plan).join('\n')}`;
      const scans = nodesOf(plan).filter((node) => node['Relation Name'] === 'opportunity');
      for (const scan of scans) {
        expect(scan['Node Type'], text).to.be.oneOf(['Index Scan', 'Index Only Scan']);
        expect(scan['Index Name'], text).to.equal('opportunity_changed');
      }
      const read = scans.map((scan) => scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0));
      expect(Math.max(...read), text).to.be.at.most(rows);
      expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], text).to.be.at.most(1500);
    }
  });

  /** A hundred thousand rows of a hundred transactions, and then many drafts; with positions of two moments between. */
  async function fill(): Promise<{ whileOpen: string; now: string }> {
    const end = async () => (await feed.read(undefined, reader(STRANGER), 1)).position.split(' ');
    const betweenRounds = async () => {
      const [origin, , until] = await end();
      return [origin, until].join(' ');
    };
    const idle = new pg.Client({ connectionString: url });
    await idle.connect();
    await query(url, MANY, [1000, 'published']);
    await idle.query('BEGIN');
    await idle.query(MANY, [3, 'published']);
    for (let count = 0; count < 99; count++) await query(url, MANY, [1000, count % 3 === 0 ? 'draft' : 'published']);
    const whileOpen = await betweenRounds();
    await idle.query('COMMIT');
    await idle.end();
    const now = await betweenRounds();
    await query(url, MANY, [30_000, 'draft']);
    await query(url, 'ANALYZE opportunity');
    return { whileOpen, now };
  }

  type Plan = {
    readonly 'Node Type': string;
    readonly 'Relation Name'?: string;
    readonly 'Index Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly 'Shared Hit Blocks': number;
    readonly 'Shared Read Blocks': number;
    readonly Plans?: readonly Plan[];
  };

  const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  const summary = (plan: Plan) =>
    nodesOf(plan).map((n) => [n['Node Type'], n['Index Name'], n['Actual Rows'], n['Shared Hit Blocks']].join(' '));

  /** How the database runs the scan of that call. */
  async function planOf(position: string | undefined, as: Actor): Promise<Plan> {
    const connection = orm.em.getConnection();
    const execute = connection.execute.bind(connection);
    let scan: [string, Record<string, unknown>] | undefined;
    connection.execute = ((...args: Parameters<typeof execute>) => {
      const [sql, values] = args;
      if (typeof sql === 'string' && sql.includes('pg_visible_in_snapshot'))
        scan = [sql, values as Record<string, unknown>];
      return execute(...args);
    }) as typeof connection.execute;
    try {
      await feed.read(position, reader(as), 100);
    } finally {
      connection.execute = execute;
    }
    const [row] = await execute<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${scan![0]}`,
      scan![1],
    );
    return row!['QUERY PLAN'][0].Plan;
  }
}).timeout(60_000);

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'opportunities-test-changes-'));
}

async function migrated(url: string): Promise<MikroORM> {
  const orm = createOrm({ url, poolMax: 5, statementTimeoutMs: 20_000 }, logger);
  await new MikroOrmSchemaMigrations(orm).run();
  return orm;
}
