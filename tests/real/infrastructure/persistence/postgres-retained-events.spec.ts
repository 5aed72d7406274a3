import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Selection } from '#application/ports/outbox/event-replay';
import type { RetainedEvent } from '#application/ports/outbox/retained-events';
import { StorageUnavailable } from '#application/ports/application-error';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { OperatorSession } from '#infrastructure/persistence/connections/operator-session';
import { PostgresEventReplay } from '#infrastructure/persistence/outbox/postgres-event-replay';
import { PostgresRetainedEvents } from '#infrastructure/persistence/outbox/postgres-retained-events';
import { eventually } from '../../../support/system/eventually.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { createTestDatabase, emptyDatabase, query } from '../../../support/servers/test-database.ts';

const MARKED_AT = '2026-11-26T12:00:00.000Z';
const ALL: Selection = { from: '2026-11-26T00:00:00Z', to: undefined, key: undefined, type: undefined };

type Waiting = { bucket: number; id: string; key: string; headers: Record<string, string>; payload: string };

describe('PostgresRetainedEvents and PostgresEventReplay', () => {
  let url: string;
  let session: OperatorSession;
  let events: PostgresRetainedEvents;
  let replays: PostgresEventReplay;

  before(async () => {
    url = await createTestDatabase();
    const orm = createOrm({ url, poolMax: 2, statementTimeoutMs: 2000 }, new RecordingLogger());
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
  });

  beforeEach(async () => {
    await emptyDatabase(url);
    session = new OperatorSession({ url, poolMax: 2, statementTimeoutMs: 2000 });
    events = new PostgresRetainedEvents(session);
    replays = new PostgresEventReplay(session);
  });

  afterEach(() => session.close());

  const idOf = (position: number) => `01a204b7-f81d-7702-a63b-${String(position).padStart(12, '0')}`;
  /** @param time a time on 26 November 2026. */
  const keep = (position: number, time: string, { key = 'k', type = 'a.v1', payload = '{}' } = {}) =>
    query(
      url,
      `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
       VALUES ($1, 7, $2, $3, $4, $5, '2026-11-25', ('2026-11-26T' || $6 || 'Z')::timestamptz)`,
      [position, idOf(position), key, JSON.stringify({ ce_type: type, ce_id: idOf(position) }), payload, time],
    );
  const keepMany = (count: number) =>
    query(
      url,
      `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
       SELECT n, 7, gen_random_uuid(), 'k' || n % 10, '{"ce_type":"a.v1"}', '{}', now(),
         '2026-11-26T10:00:00Z'::timestamptz + (n + 250) / 500 * interval '1 second'
       FROM generate_series(1, $1::int) AS n`,
      [count],
    );
  const waiting = () => query<Waiting>(url, 'SELECT bucket, id, key, headers, payload FROM outbox ORDER BY position');
  const waitingIds = async () => (await waiting()).map(({ id }) => Number(id.slice(-12)));
  const retained = () => query(url, 'SELECT * FROM outbox_published ORDER BY position');
  /** Replays all chosen events, this number at a time. */
  async function replay(selection: Selection, atMost = 500): Promise<{ next: number; replayed: number }[]> {
    await replays.choose(selection);
    const steps = [];
    for (;;) {
      const step = await replays.replayNext(atMost, MARKED_AT);
      if (step.next === 0) return steps;
      steps.push(step);
    }
  }
  async function readAll(from: string, to?: string): Promise<RetainedEvent[]> {
    const all: RetainedEvent[] = [];
    for await (const some of events.read({ from, to })) all.push(...some);
    return all;
  }

  it('tells when the first and the last retained event were published', async () => {
    expect(await events.extent()).to.equal(undefined);
    await keep(1, '10:00:00');
    await keep(2, '11:00:00.5');
    expect(await events.extent()).to.deep.equal({
      from: new Date('2026-11-26T10:00:00Z'),
      to: new Date('2026-11-26T11:00:00.500Z'),
    });
  });

  it('includes the start of a time span and excludes its end, to the microsecond', async () => {
    await keep(1, '10:00:00.000001');
    await keep(2, '10:00:00.000002');
    await keep(3, '10:00:00.000003', { key: 'l' });
    const span = { from: '2026-11-26T10:00:00.000002Z', to: '2026-11-26T11:00:00.000003+01:00' };
    expect(await replays.count({ ...ALL, ...span })).to.deep.equal({ events: 1, keys: 1 });
    expect((await readAll(span.from, span.to)).map(({ position }) => position)).to.deep.equal([2n]);
    await replay({ ...ALL, ...span });
    expect(await waitingIds()).to.deep.equal([2]);
    expect(await replays.count({ ...ALL, from: span.from })).to.deep.equal({ events: 2, keys: 2 });
  });

  it('counts and replays the events of one key, and of one type', async () => {
    await keep(1, '10:00:00', { key: 'k', type: 'a.v1' });
    await keep(2, '10:00:00', { key: 'k', type: 'b.v1' });
    await keep(3, '10:00:00', { key: "l'; --", type: 'a.v1' });
    for (const [only, positions] of [
      [{ key: 'k' }, [1, 2]],
      [{ type: 'a.v1' }, [1, 3]],
      [{ key: 'k', type: 'a.v1' }, [1]],
      [{ key: "l'; --" }, [3]],
      [{ key: 'K' }, []],
    ] as const) {
      const selection = { ...ALL, ...only };
      expect((await replays.count(selection)).events).to.equal(positions.length);
      await replay(selection);
      expect(await waitingIds()).to.deep.equal(positions);
      await query(url, 'DELETE FROM outbox');
    }
  });

  it('writes marked replays into the outbox, and leaves the retained events unchanged', async () => {
    await keep(5, '10:00:00', { key: 'żółw', payload: '{"a":"\\u0000€"}' });
    const before = await retained();
    await replay(ALL);
    expect(await waiting()).to.deep.equal([
      {
        bucket: 7,
        id: idOf(5),
        key: 'żółw',
        headers: { ce_type: 'a.v1', ce_id: idOf(5), ce_replayedat: MARKED_AT },
        payload: '{"a":"\\u0000€"}',
      },
    ]);
    expect(await retained()).to.deep.equal(before);
    const [age] = await query<{ fresh: boolean }>(
      url,
      `SELECT created_at > now() - interval '1 min' AS fresh FROM outbox`,
    );
    expect(age, 'its age is that of the replay').to.deep.equal({ fresh: true });
  });

  it('replays in the order of positions, whatever the times of publication are', async () => {
    await keep(9, '10:00:05');
    await keep(100, '10:00:01');
    await keep(10, '10:00:03');
    await keep(1000, '10:00:00');
    for (const [atMost, slices] of [
      [3, [3, 1]],
      [1, [1, 1, 1, 1]],
    ] as const) {
      expect(await replay(ALL, atMost)).to.deep.equal(slices.map((next) => ({ next, replayed: next })));
      expect(await waitingIds()).to.deep.equal([9, 10, 100, 1000]);
      await query(url, 'DELETE FROM outbox');
    }
  });

  it('tells from when on the rest was published when it is stopped', async () => {
    await keep(1, '10:00:05');
    await keep(2, '10:00:03.000007');
    await keep(3, '10:00:04');
    await replays.choose(ALL);
    expect(await replays.restFrom()).to.equal('2026-11-26T10:00:03.000007Z');
    await replays.replayNext(1, MARKED_AT);
    expect(await replays.restFrom()).to.equal('2026-11-26T10:00:03.000007Z');
    await replays.replayNext(1, MARKED_AT);
    expect(await replays.restFrom()).to.equal('2026-11-26T10:00:04.000000Z');
    await replays.replayNext(5, MARKED_AT);
    expect(await replays.restFrom()).to.equal(undefined);
  });

  it('replays the events that existed when they were chosen, without events that are removed meanwhile', async () => {
    for (const position of [1, 2, 3]) await keep(position, '10:00:00');
    await replays.choose(ALL);
    await keep(4, '10:00:00');
    await query(url, 'DELETE FROM outbox_published WHERE position = 2');
    expect(await replays.replayNext(10, MARKED_AT)).to.deep.equal({ next: 3, replayed: 2 });
    expect(await replays.replayNext(10, MARKED_AT)).to.deep.equal({ next: 0, replayed: 0 });
    expect(await waitingIds()).to.deep.equal([1, 3]);
  });

  it('reads every event once, page by page, with digests of the payloads', async () => {
    await keepMany(12_345);
    await keep(20_000, '11:00:00', { payload: '{"text":"\\\\x41 €"}' });
    const all = await readAll(ALL.from);
    expect(new Set(all.map(({ position }) => position)).size).to.equal(12_346);
    expect(all).to.have.length(12_346);
    expect(all.at(-1)).to.deep.equal({
      id: idOf(20_000),
      key: 'k',
      position: 20_000n,
      attributes: { type: 'a.v1', id: idOf(20_000) },
      payloadDigest: createHash('sha256').update('{"text":"\\\\x41 €"}').digest('hex'),
      publishedAt: new Date('2026-11-26T11:00:00Z'),
    });
  }).timeout(20_000);

  it('finds the events to replay through the index, however many are retained', async () => {
    await keepMany(50_000);
    await query(url, 'ANALYZE outbox_published');
    await query(url, 'SELECT pg_stat_reset()');
    await replays.choose({ ...ALL, to: '2026-11-26T10:00:10Z' });
    for (let slice = 0; slice < 5; slice += 1)
      expect(await replays.replayNext(500, MARKED_AT)).to.deep.equal({ next: 500, replayed: 500 });
    // A session reports its statistics of read rows when it ends.
    await session.close();
    const read = await eventually(async () => {
      const [row] = await query<{ rows: number; scanned: number }>(
        url,
        `SELECT idx_tup_fetch::int AS rows, seq_scan::int AS scanned FROM pg_stat_user_tables
         WHERE relname = 'outbox_published'`,
      );
      return row && row.rows > 0 ? row : undefined;
    });
    expect(read.scanned).to.equal(0);
    expect(read.rows, '5,000 to choose, 2,500 to replay').to.be.within(7000, 9000);
  }).timeout(20_000);

  it('counts waiting messages up to a limit', async () => {
    expect(await replays.waiting(10)).to.equal(0);
    await keepMany(25);
    await replay(ALL);
    expect([await replays.waiting(10), await replays.waiting(100)]).to.deep.equal([10, 25]);
  });

  it('rejects with StorageUnavailable when the database is away at the start or in the middle', async () => {
    const settings = { url: 'postgresql://nobody@127.0.0.1:1/test', poolMax: 2, statementTimeoutMs: 500 };
    const nowhere = new OperatorSession(settings);
    expect(await rejection(new PostgresRetainedEvents(nowhere).extent())).to.be.instanceOf(StorageUnavailable);
    await nowhere.close();
    await keepMany(10);
    await replays.choose(ALL);
    await replays.replayNext(1, MARKED_AT);
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'opportunities outbox'`,
    );
    expect(await rejection(replays.replayNext(1, MARKED_AT))).to.be.instanceOf(StorageUnavailable);
    expect(await waiting()).to.have.length(1);
  });
});
