import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { createOrm } from '#infrastructure/persistence/orm';
import { PostgresEventRetention } from '#infrastructure/persistence/operations/postgres-event-retention';
import { OperatorConnection } from '#infrastructure/persistence/connections/operator-connection';
import { PostgresOutboxOverview } from '#infrastructure/persistence/operations/postgres-outbox-overview';
import { PostgresParkedMessages } from '#infrastructure/persistence/operations/postgres-parked-messages';
import { PostgresRelayPause } from '#infrastructure/persistence/operations/postgres-relay-pause';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresRateLimiter, RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { PostgresRevocationStore, RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { aListing } from '../../../support/opportunities/a-listing.ts';
import { anOpportunity, someId } from '../../../support/opportunities/an-opportunity.ts';
import { OWNER } from '../../../support/opportunities/some-actors.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';
import { FixedClock } from '../../../support/system/fixed-clock.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };

describe('the privileges that docs/operators/operations.md grants', () => {
  const logger = new RecordingLogger();
  const requests = new AsyncLocalRequestScope();
  const settings = { poolMax: 10, statementTimeoutMs: 2000 };

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
    const connection = new OperatorConnection({ ...settings, url });
    const parked = new PostgresParkedMessages(connection);
    const relays = new PostgresRelayPause(connection);
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
    const batch = await queue.fetch({ messages: 10, bytes: 10 ** 6 });
    expect(batch.messages).to.have.length(1);
    await batch.acknowledge(batch.messages);
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
    const [first, second] = await parked.keys();
    expect(await parked.retry([first!.event])).to.have.length(1);
    expect(await parked.discard(second!.event, 'a test', true)).to.deep.include({ discarded: 1 });
    await relays.pause(null);
    await relays.resume();
    expect((await new PostgresOutboxOverview(connection, true).status(1)).retained?.count).to.equal(1);
    await connection.close();
    await new PostgresEventRetention(served, 0).removeOld();
    await queue.release();
    await served.close();
    await query(database, `DROP OWNED BY ${role}`);
    await query(database, `DROP ROLE ${role}`);
  });
});
