import { expect } from 'chai';
import pg from 'pg';
import { StorageUnavailable } from '#application/ports/application-error';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { OperatorConnection } from '#infrastructure/persistence/connections/operator-connection';
import { PostgresOutboxOverview } from '#infrastructure/persistence/operations/postgres-outbox-overview';
import { PostgresParkedMessages } from '#infrastructure/persistence/operations/postgres-parked-messages';
import { PostgresRelayPause } from '#infrastructure/persistence/operations/postgres-relay-pause';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { createTestDatabase, emptyDatabase, query } from '../../../support/servers/test-database.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };
const BATCH = { messages: 100, bytes: 10 ** 6 };

describe('PostgresOutboxOverview, PostgresParkedMessages and PostgresRelayPause', () => {
  const logger = new RecordingLogger();
  const queues: PostgresOutboxQueue[] = [];
  let url: string;
  let connection: OperatorConnection;
  let overview: PostgresOutboxOverview;
  let parked: PostgresParkedMessages;
  let relays: PostgresRelayPause;

  before(async () => {
    url = await createTestDatabase();
    const orm = createOrm({ url, poolMax: 2, statementTimeoutMs: 5000 }, logger);
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
  });

  beforeEach(async () => {
    await emptyDatabase(url);
    connection = new OperatorConnection({ url, poolMax: 2, statementTimeoutMs: 5000 });
    overview = new PostgresOutboxOverview(connection, true);
    parked = new PostgresParkedMessages(connection);
    relays = new PostgresRelayPause(connection);
  });

  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.release()));
    await connection.close();
  });

  function relay(owner = 'host-a:17:1790000000000'): PostgresOutboxQueue {
    const settings = { url, poolMax: 2, statementTimeoutMs: 5000 };
    const queue = new PostgresOutboxQueue(settings, logger, NOBODY_TO_WAKE, { owner, keepsPublished: true });
    queues.push(queue);
    return queue;
  }

  async function write(key: string): Promise<string> {
    const id = someId();
    await query(
      url,
      `INSERT INTO outbox (bucket, id, key, headers, payload) VALUES (0, $1, $2, '{"ce_type":"test.v1"}', '{}')`,
      [id, key],
    );
    return id;
  }

  /** Fetches like an idle relay at intervals. */
  async function lookAround(queue: PostgresOutboxQueue): Promise<void> {
    const batch = await queue.fetch(BATCH);
    batch.putBack(batch.messages);
  }

  /** Parks this message as soon as a batch has it. */
  async function parkWhenFetched(queue: PostgresOutboxQueue, id: string, refusal: string): Promise<void> {
    await eventually(async () => {
      const batch = await queue.fetch(BATCH);
      const message = batch.messages.find((each) => each.id === id);
      if (message) await batch.park(message, refusal);
      return message;
    });
  }

  /** Parks a key with this number of messages: the first is refused, and the others wait behind it. */
  async function park(queue: PostgresOutboxQueue, key: string, count: number): Promise<string[]> {
    const first = await write(key);
    await parkWhenFetched(queue, first, 'too large');
    const ids = [first];
    for (let nth = 1; nth < count; nth += 1) ids.push(await write(key));
    await eventually(async () => {
      await lookAround(queue);
      const rows = await query(url, 'SELECT 1 FROM outbox_parked WHERE key = $1', [key]);
      return rows.length === count ? true : undefined;
    });
    return ids;
  }

  describe('status', () => {
    it('names the connected relays, the buckets of each, and the buckets without an owner', async () => {
      const [first, second] = [relay('host-a:17:1790000000000'), relay('host-b:18:1790000000001')];
      await first.fetch(BATCH);
      await eventually(async () => {
        await second.fetch(BATCH);
        await first.fetch(BATCH);
        const { relays } = await overview.status(10);
        return relays.length === 2 && relays.every(({ shares }) => shares === 32) ? true : undefined;
      });
      const { relays, unownedShares } = await overview.status(10);
      expect(relays.map(({ owner }) => owner)).to.deep.equal(['host-a:17:1790000000000', 'host-b:18:1790000000001']);
      for (const { connectedAt } of relays) expect(Date.now() - connectedAt!.getTime()).to.be.within(-5000, 60_000);
      expect(unownedShares).to.deep.equal([]);
      await second.release();
      const after = await overview.status(10);
      expect(after.relays).to.have.length(1);
      expect(after.unownedShares).to.have.length(32);
    });

    it('does not count a lock of another database as a relay', async () => {
      const other = new pg.Client({ connectionString: await createTestDatabase() });
      await other.connect();
      await other.query('SELECT pg_advisory_lock_shared(2829, 0), pg_advisory_lock(2828, 1)');
      const { relays, unownedShares } = await overview.status(10);
      await other.end();
      expect([relays, unownedShares.length]).to.deep.equal([[], 64]);
    });

    it('gives an estimate when very many messages are retained, and says so', async () => {
      await query(
        url,
        `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
         SELECT n, 0, gen_random_uuid(), 'k', '{}', '{}', now(), now() FROM generate_series(1, 120000) AS n`,
      );
      await query(url, 'ANALYZE outbox_published');
      const { retained } = await overview.status(10);
      expect(retained?.isEstimate).to.equal(true);
      expect(retained?.count).to.be.within(110_000, 130_000);
    });
  });

  describe('a parked key', () => {
    it('shows the attributes by the names of the headers on the topic', async () => {
      const [id = ''] = await park(relay(), 'a', 1);
      expect((await parked.find(id))?.headers).to.deep.equal({ ce_type: 'test.v1' });
    });

    it('is not freed by a retry of a message that waits behind another refused one', async () => {
      const [, behind = ''] = await park(relay(), 'a', 2);
      await query(url, "UPDATE outbox_parked SET refusal = 'relays ended' WHERE id = $1", [behind]);
      expect(await parked.retry([{ id: behind, key: 'a' }])).to.deep.equal([]);
      expect((await parked.find(behind))?.refusal).to.equal('relays ended');
    });
  });

  it('pauses once and resumes once, and returns the pause that existed', async () => {
    const queue = relay();
    await queue.fetch(BATCH);
    const first = await relays.pause('the topic is moving');
    expect(first.isNew).to.equal(true);
    expect(await relays.pause('another reason')).to.deep.equal({ ...first, isNew: false });
    expect((await overview.status(1)).pause).to.deep.equal(first.pause);
    await write('a');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await queue.fetch(BATCH)).messages).to.deep.equal([]);
    expect(await relays.resume()).to.deep.equal({ since: first.pause.since, reason: 'the topic is moving' });
    expect(await relays.resume()).to.equal(undefined);
    expect(await eventually(async () => (await queue.fetch(BATCH)).messages[0])).to.include({ key: 'a' });
  });

  it('rejects with StorageUnavailable when no server listens', async () => {
    const nowhere = { url: 'postgresql://nobody@127.0.0.1:1/test', poolMax: 2, statementTimeoutMs: 5000 };
    const away = new OperatorConnection(nowhere);
    for (const attempt of [
      () => new PostgresOutboxOverview(away, true).status(1),
      () => new PostgresParkedMessages(away).keys(),
      () => new PostgresRelayPause(away).resume(),
    ])
      expect(await rejection(attempt())).to.be.instanceOf(StorageUnavailable);
    await away.close();
  });
});
