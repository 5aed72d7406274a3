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

  async function write(key: string, { bucket = 0, seconds = 0, payload = '{}' } = {}): Promise<string> {
    const id = someId();
    await query(
      url,
      `INSERT INTO outbox (bucket, id, key, headers, payload, created_at)
       VALUES ($1, $2, $3, '{"ce_type":"test.v1"}', $4, clock_timestamp() - $5 * interval '1 s')`,
      [bucket, id, key, payload, seconds],
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
  async function park(
    queue: PostgresOutboxQueue,
    key: string,
    count: number,
    refusal = 'too large',
  ): Promise<string[]> {
    const first = await write(key);
    await parkWhenFetched(queue, first, refusal);
    const ids = [first];
    for (let nth = 1; nth < count; nth += 1) ids.push(await write(key));
    await eventually(async () => {
      await lookAround(queue);
      const rows = await query(url, 'SELECT 1 FROM outbox_parked WHERE key = $1', [key]);
      return rows.length === count ? true : undefined;
    });
    return ids;
  }

  /** Relays until no message of these keys waits any more. */
  async function publishAll(queue: PostgresOutboxQueue): Promise<string[]> {
    const published: string[] = [];
    await eventually(async () => {
      const batch = await queue.fetch(BATCH);
      const { messages } = batch;
      await batch.acknowledge(messages);
      published.push(...messages.map(({ id }) => id));
      return messages.length === 0 && (await query(url, 'SELECT 1 FROM outbox')).length === 0 ? true : undefined;
    });
    return published;
  }

  const parkedIds = async () =>
    (await query<{ id: string }>(url, 'SELECT id FROM outbox_parked ORDER BY position')).map(({ id }) => id);

  describe('status', () => {
    it('describes an unused outbox', async () => {
      const { unownedShares, ...rest } = await overview.status(10);
      expect(unownedShares).to.have.length(64);
      expect(rest).to.deep.equal({
        waiting: 0,
        oldestSeconds: null,
        publishedLastMinute: 0,
        relays: [],
        parked: [],
        parkedKeys: 0,
        pause: null,
        retained: null,
      });
    });

    it('counts waiting messages beyond the limit of the health check, and tells the age of the oldest', async () => {
      await write('a', { seconds: 30 });
      await query(
        url,
        `INSERT INTO outbox (bucket, id, key, headers, payload)
         SELECT 0, gen_random_uuid(), 'b', '{}', '{}' FROM generate_series(1, 10001)`,
      );
      const { waiting, oldestSeconds } = await overview.status(10);
      expect(waiting).to.equal(10_002);
      expect(oldestSeconds).to.be.within(30, 60);
    });

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

    it('tells how many messages are retained, and how many were published in the last minute', async () => {
      const keep = `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
        SELECT n, 0, gen_random_uuid(), 'k', '{}', '{}', now(), now() - n * interval '30 s' FROM generate_series(1, 4) AS n`;
      await query(url, keep);
      const { publishedLastMinute, retained } = await overview.status(10);
      expect(publishedLastMinute).to.equal(1);
      expect(retained).to.include({ count: 4, isEstimate: false });
      expect(retained!.to.getTime() - retained!.from.getTime()).to.equal(90_000);
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

    it('does not tell how many messages were published when none are retained', async () => {
      const keepsNothing = new PostgresOutboxOverview(connection, false);
      expect((await keepsNothing.status(10)).publishedLastMinute).to.equal(null);
    });

    it('lists the first parked keys, and counts all of them', async () => {
      const queue = relay();
      for (const key of ['a', 'b', 'c']) await park(queue, key, 2);
      const { parked, parkedKeys } = await overview.status(2);
      expect(parked.map(({ event: { key }, behind, refusal }) => [key, behind, refusal])).to.deep.equal([
        ['a', 1, 'too large'],
        ['b', 1, 'too large'],
      ]);
      expect(parkedKeys).to.equal(3);
    });
  });

  it('lists waiting messages without payloads, oldest first, of one key if asked', async () => {
    const first = await write('a', { seconds: 60, payload: '{"é":1}' });
    const second = await write('b');
    const third = await write('a');
    const all = await overview.waiting({ key: undefined, limit: 2 });
    expect(all.map(({ id }) => id)).to.deep.equal([first, second]);
    expect(all[0]).to.have.all.keys('id', 'type', 'key', 'payloadBytes', 'createdAt', 'ageSeconds');
    expect(all[0]).to.include({ type: 'test.v1', key: 'a', payloadBytes: 8 });
    expect(all[0]!.ageSeconds).to.be.within(60, 90);
    expect((await overview.waiting({ key: 'a', limit: 10 })).map(({ id }) => id)).to.deep.equal([first, third]);
  });

  describe('a parked key', () => {
    it('is listed with its refused message, and shows a payload only by id', async () => {
      const [head = '', behind = ''] = await park(relay(), 'a', 2, 'MESSAGE_TOO_LARGE');
      expect((await parked.keys()).map(({ event: { id } }) => id)).to.deep.equal([head]);
      expect(await parked.keys('b')).to.deep.equal([]);
      expect((await parked.keys('a'))[0]).to.include({ refusal: 'MESSAGE_TOO_LARGE', behind: 1 });
      const shown = await parked.find(head);
      expect(shown).to.deep.include({ payload: '{}', headers: { ce_type: 'test.v1' }, refusal: 'MESSAGE_TOO_LARGE' });
      expect((await parked.find(behind))?.head).to.deep.equal({ id: head, refusal: 'MESSAGE_TOO_LARGE' });
      expect(await parked.find(someId())).to.equal(undefined);
    });

    it('is published in order when it is retried, and no other key is freed', async () => {
      const queue = relay();
      const ids = await park(queue, 'a', 3);
      const others = await park(queue, 'b', 2);
      const freed = await parked.retry([{ id: ids[0]!, key: 'a' }]);
      expect(freed).to.have.length(1);
      expect(freed[0]).to.include({ key: 'a', events: 3 });
      expect((await parked.whereabouts(freed)).map(({ state, isOwned }) => [state, isOwned])).to.deep.equal([
        ['waiting', true],
      ]);
      await eventually(async () => {
        await lookAround(queue);
        return (await parkedIds()).length === 2 ? true : undefined;
      });
      expect(await publishAll(queue)).to.deep.equal(ids);
      expect((await parked.whereabouts(freed))[0]).to.include({ state: 'published', refused: null });
      expect(await parkedIds()).to.deep.equal(others);
    });

    it('is reported as refused again when Kafka refuses it again', async () => {
      const queue = relay();
      const [id = ''] = await park(queue, 'a', 2);
      const freed = await parked.retry([{ id, key: 'a' }]);
      await parkWhenFetched(queue, id, 'still too large');
      const [where] = await parked.whereabouts(freed);
      expect(where).to.deep.include({ state: 'refused', refused: { id, refusal: 'still too large' } });
    });

    it('is left alone when the retried or discarded message is not the refused one', async () => {
      const [head = '', behind = ''] = await park(relay(), 'a', 2);
      expect(await parked.retry([{ id: behind, key: 'a' }])).to.deep.equal([]);
      expect(await parked.discard({ id: behind, key: 'a' }, 'why', false)).to.deep.equal({
        discarded: 0,
        freed: undefined,
      });
      expect(await parked.discard({ id: behind, key: 'a' }, 'why', true)).to.deep.equal({
        discarded: 0,
        freed: undefined,
      });
      expect((await parked.find(head))?.refusal).to.equal('too large');
      expect(await parkedIds()).to.have.length(2);
    });

    it('cannot be retried twice, and is no longer parked after a retry', async () => {
      const [id = ''] = await park(relay(), 'a', 2);
      expect(await parked.retry([{ id, key: 'a' }])).to.have.length(1);
      expect(await parked.retry([{ id, key: 'a' }])).to.deep.equal([]);
      expect(await parked.keys()).to.deep.equal([]);
      expect((await overview.status(10)).parkedKeys).to.equal(0);
      expect((await parked.find(id))?.head).to.deep.equal({ id, refusal: null });
    });

    it('is not freed by a retry of a message that waits behind another refused one', async () => {
      const [, behind = ''] = await park(relay(), 'a', 2);
      await query(url, "UPDATE outbox_parked SET refusal = 'relays ended' WHERE id = $1", [behind]);
      expect(await parked.retry([{ id: behind, key: 'a' }])).to.deep.equal([]);
      expect((await parked.find(behind))?.refusal).to.equal('relays ended');
    });

    it('counts as published when the parked messages are published, even if a later message is refused', async () => {
      const queue = relay();
      const [id = ''] = await park(queue, 'a', 1);
      const freed = await parked.retry([{ id, key: 'a' }]);
      await eventually(async () => {
        await lookAround(queue);
        return (await parkedIds()).length === 0 ? true : undefined;
      });
      await publishAll(queue);
      await park(queue, 'a', 1);
      expect((await parked.whereabouts(freed))[0]).to.include({ state: 'published', refused: null });
    });

    it('goes on without a discarded message, which is stored with the reason', async () => {
      const queue = relay();
      const [head = '', ...behind] = await park(queue, 'a', 3);
      const { discarded, freed } = await parked.discard({ id: head, key: 'a' }, 'nobody needs it', false);
      expect([discarded, freed?.events]).to.deep.equal([1, 2]);
      expect(await query(url, 'SELECT id, reason, refusal, payload FROM outbox_discarded')).to.deep.equal([
        { id: head, reason: 'nobody needs it', refusal: 'too large', payload: '{}' },
      ]);
      await eventually(async () => {
        await lookAround(queue);
        return (await parkedIds()).length === 0 ? true : undefined;
      });
      expect(await publishAll(queue)).to.deep.equal(behind);
      expect((await parked.whereabouts([freed!]))[0]).to.include({ state: 'published' });
    });

    it('can be discarded as a whole, and other keys are left alone', async () => {
      const queue = relay();
      const ids = await park(queue, 'a', 3);
      const others = await park(queue, 'b', 2);
      const answer = await parked.discard({ id: ids[0]!, key: 'a' }, 'why', true);
      expect(answer).to.deep.equal({ discarded: 3, freed: undefined });
      const kept = await query<{ id: string }>(url, 'SELECT id FROM outbox_discarded ORDER BY position');
      expect(kept.map(({ id }) => id)).to.deep.equal(ids);
      expect(await parkedIds()).to.deep.equal(others);
    });

    it('loses no message when two operators decide at once', async () => {
      const [id = ''] = await park(relay(), 'a', 2);
      const another = new OperatorConnection({ url, poolMax: 2, statementTimeoutMs: 5000 });
      const second = new PostgresParkedMessages(another);
      const answers = await Promise.all([
        parked.discard({ id, key: 'a' }, 'one', false),
        second.discard({ id, key: 'a' }, 'two', false),
      ]);
      await another.close();
      expect(answers.reduce((sum, { discarded }) => sum + discarded, 0)).to.equal(1);
      expect(await query(url, 'SELECT 1 FROM outbox_discarded')).to.have.length(1);
    });
  });

  it('tells whether a relay owns the bucket, and whether the outbox is paused', async () => {
    const queue = relay();
    const [id = ''] = await park(queue, 'a', 1);
    await queue.release();
    await relays.pause(null);
    const freed = await parked.retry([{ id, key: 'a' }]);
    expect((await parked.whereabouts(freed))[0]).to.include({ state: 'waiting', isOwned: false, isPaused: true });
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

  it('rejects with StorageUnavailable when the database cannot be reached', async () => {
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
