import { Migration } from '@mikro-orm/migrations';
import { expect } from 'chai';
import pg from 'pg';
import { StorageUnavailable } from '#application/ports/application-error';
import { MIGRATIONS } from '#infrastructure/persistence/migrations/migrations';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

describe('MikroOrmSchemaMigrations', () => {
  const database = useMigratedDatabase();

  it('runs once when several processes start together', async () => {
    const fresh = await createTestDatabase();
    const replicas = Array.from({ length: 4 }, () => createOrm({ ...database.settings, url: fresh }, database.logger));
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
      '0011-mark-freed-keys',
    ]);
  });

  it('has nothing to do on a schema that is up to date', async () => {
    expect(await new MikroOrmSchemaMigrations(database.orm).run()).to.deep.equal([]);
  });

  it('changes nothing when it fails', async () => {
    const fresh = await createTestDatabase();
    await query(fresh, 'CREATE TABLE outbox (in_the_way text)');
    const replica = createOrm({ ...database.settings, url: fresh }, database.logger);
    await rejection(new MikroOrmSchemaMigrations(replica).run());
    await replica.close();
    expect(await query(fresh, "SELECT to_regclass('opportunity') AS found")).to.deep.equal([{ found: null }]);
  });

  describe('while the service works', () => {
    class WidenTable extends Migration {
      override up(): void {
        this.addSql('ALTER TABLE opportunity ADD COLUMN later text');
      }
    }

    class IndexConcurrently extends Migration {
      override isTransactional(): boolean {
        return false;
      }

      override up(): void {
        this.addSql('CREATE INDEX CONCURRENTLY later_index ON opportunity (later)');
      }
    }

    const LATER = [
      ...MIGRATIONS,
      { name: '9998-widen-table', class: WidenTable },
      { name: '9999-index-concurrently', class: IndexConcurrently },
    ];
    const PATIENT = { lockMs: 100, pauseMs: 100, attempts: 1000 };

    it('changes a table behind a long transaction, and lets the requests of others pass', async () => {
      const url = await createTestDatabase();
      const orms = [0, 1].map(() =>
        createOrm({ ...database.settings, url, statementTimeoutMs: 0 }, database.logger, LATER),
      );
      await new MikroOrmSchemaMigrations(createOrmFor(url)).run();
      const long = new pg.Client({ connectionString: url });
      await long.connect();
      await long.query('BEGIN');
      await long.query('SELECT FROM opportunity');

      const running = orms.map((orm) => new MikroOrmSchemaMigrations(orm, PATIENT).run());
      const attempts = () =>
        query(
          url,
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE opportunity ADD COLUMN later%' AND wait_event_type = 'Lock'",
        );
      // Each request has two seconds, and meets an ALTER TABLE that waits for the long transaction.
      for (let request = 0; request < 3; request += 1) {
        await eventually(async () => ((await attempts()).length > 0 ? true : undefined));
        await query(url, "SET statement_timeout = '2s'; SELECT FROM opportunity");
      }
      await long.query('COMMIT');
      await long.end();

      expect((await Promise.all(running)).flat()).to.deep.equal(['9998-widen-table', '9999-index-concurrently']);
      await Promise.all(orms.map((orm) => orm.close()));
      expect(
        await query(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'later_index'::regclass"),
      ).to.deep.equal([{ indisvalid: true }]);
      expect(await query(url, 'SELECT name FROM schema_migrations')).to.have.length(LATER.length);
    }).timeout(30_000);

    it('says what stands in its way, when that never ends', async () => {
      const url = await createTestDatabase();
      await new MikroOrmSchemaMigrations(createOrmFor(url)).run();
      const orm = createOrm({ ...database.settings, url, statementTimeoutMs: 0 }, database.logger, LATER);
      const long = new pg.Client({ connectionString: url });
      await long.connect();
      await long.query('BEGIN');
      await long.query('SELECT FROM opportunity');
      const error = await rejection(new MikroOrmSchemaMigrations(orm, { lockMs: 20, pauseMs: 1, attempts: 2 }).run());
      expect(error).to.be.instanceOf(StorageUnavailable);
      expect(String(error)).to.include('another transaction keeps a lock');
      await long.end();
      await orm.close();
    });

    const opened: ReturnType<typeof createOrm>[] = [];
    const createOrmFor = (url: string) => {
      const orm = createOrm({ ...database.settings, url }, database.logger);
      opened.push(orm);
      return orm;
    };
    after(() => Promise.all(opened.map((orm) => orm.close())));
  });
});
