import { expect } from 'chai';
import { PostgresDatabaseHealth, PostgresOutboxHealth } from '#infrastructure/persistence/operations/postgres-health';
import { createOrm } from '#infrastructure/persistence/orm';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { query } from '../../../support/servers/test-database.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

describe('health', () => {
  const database = useMigratedDatabase();

  it('tells whether the database answers', async () => {
    await new PostgresDatabaseHealth(database.orm).check();
    const nowhere = createOrm({ ...database.settings, url: 'postgresql://nobody@127.0.0.1:1/test' }, database.logger);
    await rejection(new PostgresDatabaseHealth(nowhere).check());
    await nowhere.close();
  });

  it('tells how many messages wait, and since when', async () => {
    const health = new PostgresOutboxHealth(database.orm);
    expect(await health.backlog()).to.deep.equal({ waiting: 0, oldestSeconds: 0, parkedKeys: 0 });
    for (const [index, seconds] of [30, 10].entries())
      await query(
        database.url,
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
    await query(database.url, park);
    expect((await new PostgresOutboxHealth(database.orm).backlog()).parkedKeys).to.equal(2);
  });
});
