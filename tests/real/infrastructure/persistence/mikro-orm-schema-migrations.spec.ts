import { expect } from 'chai';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';
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
});
