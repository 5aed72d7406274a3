import { expect } from 'chai';
import { fillOutbox, record } from '../../../../bench/outbox/records.ts';
import { bucketOf } from '#infrastructure/persistence/outbox/outbox-tables';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('the backlog of the outbox benchmark', () => {
  it('has the same records in the same order as those of the raw clients', async () => {
    const database = await createTestDatabase();
    const orm = createOrm({ url: database, poolMax: 2, statementTimeoutMs: 3000 }, new RecordingLogger());
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
    await fillOutbox(database, 100, 7);
    const rows = await query(database, 'SELECT bucket, id, key, headers, payload FROM outbox ORDER BY position');
    const records = Array.from({ length: 100 }, (_, number) => record(number, 7));
    expect(rows).to.deep.equal(records.map((each) => ({ ...each, bucket: bucketOf(each.key) })));
  });
});
