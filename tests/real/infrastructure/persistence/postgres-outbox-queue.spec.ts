import { once } from 'node:events';
import type { OutboxBatch } from '#application/ports/outbox/outbox-batch';
import { expect } from 'chai';
import pg from 'pg';
import { messageOf } from '#application/messages/opportunity-events-v1';
import {
  type DatabaseSettings,
  owningConnectionOptions,
} from '#infrastructure/persistence/connections/connection-options';
import { PostgresDatabaseDiagnosis } from '#infrastructure/persistence/operations/postgres-diagnosis';
import { BUCKET_LOCKS } from '#infrastructure/persistence/outbox/bucket-ownership';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { anOpportunity, someId } from '../../../support/opportunities/an-opportunity.ts';
import { type TcpProxy, startTcpProxy } from '../../../support/servers/tcp-proxy.ts';
import { query } from '../../../support/servers/test-database.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };

function acknowledgeAll(batch: OutboxBatch): Promise<void> {
  return batch.acknowledge(batch.messages);
}

describe('PostgresOutboxQueue', () => {
  const database = useMigratedDatabase();

  const owned = async () => {
    const rows = await query<{ count: number }>(
      database.url,
      `SELECT count(*)::int AS count FROM pg_locks
       WHERE locktype = 'advisory' AND classid = ${BUCKET_LOCKS}
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       GROUP BY pid ORDER BY count`,
    );
    return rows.map(({ count }) => count);
  };

  it('shares buckets fairly as relays come and go, except buckets with messages in flight', async () => {
    const relays = Array.from(
      { length: 3 },
      () =>
        new PostgresOutboxQueue(database.settings, database.logger, NOBODY_TO_WAKE, {
          owner: 'test',
          keepsPublished: true,
        }),
    );
    const [first, second, third] = relays as [PostgresOutboxQueue, PostgresOutboxQueue, PostgresOutboxQueue];
    const settled = (among: PostgresOutboxQueue[], shares: number[]) =>
      eventually(async () => {
        for (const relay of among) {
          const batch = await relay.fetch({ messages: 1, bytes: 1 });
          batch.putBack(batch.messages);
        }
        return JSON.stringify(await owned()) === JSON.stringify(shares) ? true : undefined;
      }, 20_000);
    try {
      for (let count = 0; count < 30; count += 1) {
        const { opportunity, created } = anOpportunity({ id: someId() });
        await database.unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
        });
      }
      await settled([first], [64]);
      const before = await first.fetch({ messages: 100, bytes: 10 ** 6 });
      expect(before.messages).to.have.length(30);

      const [done, others] = [before.messages.slice(0, 10), before.messages.slice(10)];
      await eventually(async () => {
        expect((await second.fetch({ messages: 100, bytes: 10 ** 6 })).messages).to.deep.equal([]);
        await first.fetch({ messages: 100, bytes: 10 ** 6 });
        const [fewer, more] = await owned();
        return fewer !== undefined && fewer > 0 && more !== undefined && more < 64 ? true : undefined;
      });
      await before.acknowledge(done);
      before.putBack(others);
      await settled([first, second], [32, 32]);
      await settled(relays, [20, 22, 22]);

      const fetched = await Promise.all(relays.map((relay) => relay.fetch({ messages: 100, bytes: 10 ** 6 })));
      const ids = fetched.flatMap(({ messages }) => messages.map(({ id }) => id));
      expect(ids).to.have.members(others.map(({ id }) => id));
      for (const batch of fetched) batch.putBack(batch.messages);

      await second.release();
      await settled([first, third], [32, 32]);
      await third.release();
      await settled([first], [64]);
    } finally {
      await Promise.all(relays.map((relay) => relay.release()));
    }
  }).timeout(60_000);

  it('hands over buckets that it took in several steps', async () => {
    const relays = [relayOf('a'), relayOf('b')] as const;
    const settled = (among: readonly PostgresOutboxQueue[], expected: number[]) =>
      eventually(async () => {
        for (const relay of among) await relay.fetch({ messages: 1, bytes: 1 });
        return JSON.stringify(await owned()) === JSON.stringify(expected) ? true : undefined;
      });
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      await holder.query(`SELECT pg_advisory_lock(${BUCKET_LOCKS}, bucket) FROM generate_series(40, 63) AS bucket`);
      await settled([relays[0]], [24, 40]);
      await holder.query('SELECT pg_advisory_unlock_all()');
      await settled([relays[0]], [64]);
      await settled(relays, [32, 32]);
    } finally {
      await holder.end();
      await Promise.all(relays.map((relay) => relay.release()));
    }
  }).timeout(30_000);

  it('keeps its session while it has nothing to ask, for instance while Kafka is slow', async () => {
    const relay = relayOf('a');
    try {
      await relay.fetch({ messages: 1, bytes: 1 });
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      expect(await owned()).to.deep.equal([64]);
    } finally {
      await relay.release();
    }
  }).timeout(20_000);

  it('keeps a bucket until the hand-over is noted, so that no successor counts a crash', async () => {
    const relay = relayOf('a');
    const slow = new pg.Client({ connectionString: database.url });
    await slow.connect();
    try {
      await relay.fetch({ messages: 1, bytes: 1 });
      await slow.query('BEGIN');
      await slow.query('SELECT FROM outbox_bucket WHERE bucket = 7 FOR UPDATE');
      const released = relay.release();
      await eventually(async () => {
        const waiting = await query(database.url, 'SELECT FROM pg_locks WHERE NOT granted');
        return waiting.length > 0 ? true : undefined;
      });
      expect(await owned()).to.deep.equal([64]);
      await slow.query('COMMIT');
      await released;
      const notes = await query(database.url, 'SELECT FROM outbox_bucket WHERE owner IS NOT NULL OR crashes > 0');
      expect(notes).to.deep.equal([]);
      expect(await owned()).to.deep.equal([]);
    } finally {
      await slow.end();
      await relay.release();
    }
  });

  const relayOf = (owner: string) =>
    new PostgresOutboxQueue(database.settings, database.logger, NOBODY_TO_WAKE, { owner, keepsPublished: true });
  const PLENTY = { messages: 100, bytes: 10 ** 6 };
  const commitEvents = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { created } = anOpportunity({ id: someId() });
      const message = messageOf(created, someId());
      await database.unitOfWork.run(({ outbox }) => outbox.append(message));
      ids.push(message.id);
    }
    return ids;
  };
  /** A time that is longer than the interval between a relay's looks at others. */
  const untilItLooksAgain = () => new Promise((resolve) => setTimeout(resolve, 110));

  it('retains published messages when it is configured to, except replays', async () => {
    const [one, replay] = (await commitEvents(2)) as [string, string];
    await query(database.url, `UPDATE outbox SET headers = headers || '{"ce_replayedat": "now"}' WHERE id = $1`, [
      replay,
    ]);
    const forgetful = new PostgresOutboxQueue(database.settings, database.logger, NOBODY_TO_WAKE, {
      owner: 'b',
      keepsPublished: false,
    });
    const keeping = relayOf('a');
    await acknowledgeAll(await keeping.fetch(PLENTY));
    await keeping.release();
    await commitEvents(1);
    await acknowledgeAll(await forgetful.fetch(PLENTY));
    await forgetful.release();
    expect(await query(database.url, 'SELECT id FROM outbox_published')).to.deep.equal([{ id: one }]);
    expect(await query(database.url, 'SELECT id FROM outbox')).to.deep.equal([]);
  });

  it('misses no message of a late commit, although it skips removed rows', async () => {
    const relay = relayOf('a');
    try {
      const slow = new pg.Client({ connectionString: database.url });
      await slow.connect();
      await slow.query('BEGIN');
      const late = someId();
      await slow.query(`INSERT INTO outbox (bucket, id, key, headers, payload) VALUES (7, $1, 'k', '{}', '{}')`, [
        late,
      ]);
      for (let round = 0; round < 5; round += 1) {
        await commitEvents(2);
        const batch = await relay.fetch(PLENTY);
        expect(batch.messages).to.have.length(2);
        await acknowledgeAll(batch);
        await untilItLooksAgain();
      }
      await slow.query('COMMIT');
      await slow.end();
      expect((await relay.fetch(PLENTY)).messages.map(({ id }) => id)).to.deep.equal([late]);
    } finally {
      await relay.release();
    }
  });

  it('misses no message of a prepared transaction, which has no process that its lock could name', async () => {
    const relay = relayOf('a');
    const late = someId();
    try {
      await query(
        database.url,
        `BEGIN; INSERT INTO outbox (bucket, id, key, headers, payload) VALUES (7, '${late}', 'k', '{}', '{}');
         PREPARE TRANSACTION 'late'`,
      );
      for (let round = 0; round < 3; round += 1) {
        await commitEvents(2);
        await acknowledgeAll(await relay.fetch(PLENTY));
        await untilItLooksAgain();
      }
      await query(database.url, "COMMIT PREPARED 'late'");
      expect((await relay.fetch(PLENTY)).messages.map(({ id }) => id)).to.deep.equal([late]);
    } finally {
      await relay.release();
    }
  });

  it('does not read removed rows again while a transaction holds a snapshot', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    const relay = relayOf('a');
    /** Blocks of the table that were read so far, with a fetch more than when it was asked before. */
    const blocksWithAFetch = async () => {
      // A session reports its statistics with a statement that comes at least a second after its last report.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await relay.fetch(PLENTY);
      const [row] = await query<{ blocks: number }>(
        database.url,
        `SELECT (heap_blks_read + heap_blks_hit)::int AS blocks FROM pg_statio_user_tables WHERE relname = 'outbox'`,
      );
      return row!.blocks;
    };
    try {
      await query(
        database.url,
        `INSERT INTO outbox (bucket, id, key, headers, payload)
         SELECT n % 64, uuidv7(), n::text, '{}', repeat('x', 600) FROM generate_series(1, 2000) AS n`,
      );
      await holder.connect();
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await holder.query('SELECT count(*) FROM outbox');
      for (;;) {
        const batch = await relay.fetch({ messages: 500, bytes: 10 ** 7 });
        if (batch.messages.length === 0) break;
        await acknowledgeAll(batch);
      }
      await untilItLooksAgain();
      await relay.fetch(PLENTY);
      let before = await blocksWithAFetch();
      expect(before, 'told at all').to.be.above(1000);
      // What a session has read it may tell late, and so may ANALYZE; what is read each time would be told each time.
      await eventually(async () => {
        const read = -before + (before = await blocksWithAFetch());
        return read < 10 ? true : undefined;
      }, 15_000);
    } finally {
      await holder.end();
      await relay.release();
    }
  }).timeout(30_000);

  /** Parks keys as relays do: one refused message each, and one behind it. */
  const parkKeys = (count: number) =>
    query(
      database.url,
      `INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
       SELECT 2 * n - behind, n % 64, gen_random_uuid(), 'parked ' || n, '{}', '{}', now(),
         CASE WHEN behind = 1 THEN 'too large' END
       FROM generate_series(1, $1::int) AS n, generate_series(0, 1) AS behind`,
      [count],
    );

  it('lets no message overtake the parked message of its key, when its bucket is taken while another is being parked', async () => {
    const relay = relayOf('a');
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    const info = database.logger.info.bind(database.logger);
    try {
      // Bucket 5 has another owner at first. The parked key in it, and a later message of that key, come with the bucket.
      await holder.query(`SELECT pg_advisory_lock(${BUCKET_LOCKS}, 5)`);
      const write = (table: string, position: number, bucket: number, key: string, refusal: string | null) =>
        query(
          database.url,
          `INSERT INTO ${table} (position, bucket, id, key, headers, payload${table === 'outbox' ? '' : ', created_at, refusal'})
           ${table === 'outbox' ? 'OVERRIDING SYSTEM VALUE' : ''}
           VALUES ($1, $2, gen_random_uuid(), $3, '{}', '{}'${table === 'outbox' ? '' : `, now(), '${refusal}'`})`,
          [position, bucket, key],
        );
      await write('outbox_parked', 1, 5, 'parked', 'too large');
      await write('outbox', 2, 5, 'parked', null);
      await write('outbox', 3, 6, 'poison', null);
      const batch = await relay.fetch(PLENTY);
      expect(batch.messages.map(({ key }) => key)).to.deep.equal(['poison']);

      await holder.query('SELECT pg_advisory_unlock_all()');
      let parked: Promise<void> | undefined;
      database.logger.info = (fields, message) => {
        info(fields, message);
        // The relay asks for the parked messages of its new bucket in this turn, and the reply comes in a later one.
        if (message === 'the relay owns outbox buckets')
          setImmediate(() => {
            parked = batch.park(batch.messages[0]!, 'refused');
          });
      };
      await untilItLooksAgain();
      const fetched = [...(await relay.fetch(PLENTY)).messages];
      await parked;
      for (let look = 0; look < 2; look += 1) {
        await untilItLooksAgain();
        fetched.push(...(await relay.fetch(PLENTY)).messages);
      }
      expect(fetched).to.deep.equal([]);
      expect(await query(database.url, 'SELECT key FROM outbox_parked ORDER BY position')).to.deep.equal([
        { key: 'parked' },
        { key: 'parked' },
        { key: 'poison' },
      ]);
    } finally {
      database.logger.info = info;
      await holder.end();
      await relay.release();
    }
  });

  it('publishes other keys while very many keys are parked, and moves freed messages back some at a time, in order', async () => {
    const relay = relayOf('a');
    const KEYS = 2500;
    try {
      await parkKeys(KEYS);
      await query(database.url, `SELECT setval(pg_get_serial_sequence('outbox', 'position'), ${3 * KEYS})`);
      const [other] = await commitEvents(1);
      const first = await relay.fetch(PLENTY);
      expect(first.messages.map(({ id }) => id)).to.deep.equal([other]);
      await acknowledgeAll(first);

      await query(database.url, 'UPDATE outbox_parked SET refusal = NULL WHERE refusal IS NOT NULL');
      const positions: number[] = [];
      let others = 0;
      for (let look = 0; look < 20; look += 1) {
        const ids = await commitEvents(1);
        await untilItLooksAgain();
        const batch = await relay.fetch({ messages: 2000, bytes: 10 ** 8 });
        const back = batch.messages.filter(({ key }) => key.startsWith('parked'));
        expect(back.length).to.be.at.most(1000);
        positions.push(...back.map(({ position }) => Number(position)));
        others += batch.messages.filter(({ id }) => ids.includes(id)).length;
        await acknowledgeAll(batch);
      }
      expect(positions).to.deep.equal(Array.from({ length: 2 * KEYS }, (_, index) => index + 1));
      expect(others).to.equal(20);
      expect(await query(database.url, 'SELECT 1 FROM outbox_parked')).to.deep.equal([]);
    } finally {
      await relay.release();
    }
  }).timeout(30_000);

  it('finds messages that come back from being parked, although its mark had passed them', async () => {
    const relay = relayOf('a');
    try {
      const [poison] = (await commitEvents(2)) as [string];
      const batch = await relay.fetch(PLENTY);
      const [first, second] = batch.messages;
      await batch.park(first!, 'too large');
      await batch.acknowledge([second!]);
      for (let look = 0; look < 3; look += 1) {
        await untilItLooksAgain();
        expect((await relay.fetch(PLENTY)).messages).to.deep.equal([]);
      }
      await query(database.url, 'UPDATE outbox_parked SET refusal = NULL');
      await untilItLooksAgain();
      expect((await relay.fetch(PLENTY)).messages.map(({ id }) => id)).to.deep.equal([poison]);
    } finally {
      await relay.release();
    }
  });

  it('finds messages in buckets that it takes over, although its mark had passed them', async () => {
    const [one, other] = [relayOf('a'), relayOf('b')];
    try {
      const relays = [one, other];
      const theirs: string[] = [];
      await eventually(async () => {
        await commitEvents(1);
        const [mine, fetched] = [await one.fetch(PLENTY), await other.fetch(PLENTY)];
        await acknowledgeAll(mine);
        theirs.push(...fetched.messages.map(({ id }) => id));
        await untilItLooksAgain();
        return theirs.length >= 5 ? true : undefined;
      });
      for (const relay of relays) {
        await untilItLooksAgain();
        await relay.fetch(PLENTY);
      }
      await other.release();
      const taken: string[] = [];
      await eventually(async () => {
        taken.push(...(await one.fetch(PLENTY)).messages.map(({ id }) => id));
        return taken.length >= theirs.length ? true : undefined;
      });
      expect(taken).to.have.members(theirs);
    } finally {
      await one.release();
      await other.release();
    }
  });

  it('gives no message while the outbox is paused', async () => {
    const relay = relayOf('a');
    try {
      await commitEvents(1);
      await query(database.url, 'INSERT INTO outbox_pause (reason) VALUES (NULL)');
      expect((await relay.fetch(PLENTY)).messages).to.deep.equal([]);
      await query(database.url, 'DELETE FROM outbox_pause');
      await untilItLooksAgain();
      expect((await relay.fetch(PLENTY)).messages).to.have.length(1);
    } finally {
      await relay.release();
    }
  });

  describe('when several relays in a row crash', () => {
    /** Ends like a killed process: the connection ends without a hand-over. */
    const die = async (relay: PostgresOutboxQueue) => {
      await query(
        database.url,
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         GROUP BY pid`,
      );
      await relay.release();
    };
    let deaths = 0;
    const fetchAndDie = async () => {
      deaths += 1;
      const relay = relayOf(`process ${deaths}`);
      const { messages } = await relay.fetch(PLENTY);
      await die(relay);
      return messages.map(({ id }) => id);
    };

    it('gives messages one by one, parks the message over which they crash, and then goes on as before', async () => {
      const ids = await commitEvents(5);
      const rows = await query<{ bucket: number }>(database.url, 'SELECT bucket FROM outbox');
      const buckets = rows.map(({ bucket }) => bucket);
      const [poison, ...others] = ids as [string, ...string[]];
      for (let time = 0; time < 3; time += 1) expect(await fetchAndDie()).to.deep.equal(ids);
      for (let time = 0; time < 3; time += 1) expect(await fetchAndDie(), 'alone').to.deep.equal([poison]);

      const relay = relayOf('survivor');
      const published: string[] = [];
      for (;;) {
        const batch = await relay.fetch(PLENTY);
        const { messages } = batch;
        if (messages.length === 0) break;
        expect(messages, 'one by one').to.have.length(1);
        expect((await relay.fetch(PLENTY)).messages, 'nothing else meanwhile').to.deep.equal([]);
        published.push(messages[0]!.id);
        await batch.acknowledge(messages);
      }
      expect(published).to.have.members(others);
      const parked = await query<{ id: string; refusal: string }>(
        database.url,
        'SELECT id, refusal FROM outbox_parked',
      );
      expect(parked.map(({ id }) => id)).to.deep.equal([poison]);
      expect(parked[0]?.refusal).to.include('Relays ended');

      const recovered = await query(database.url, 'SELECT bucket FROM outbox_bucket WHERE crashes = 0');
      expect(recovered, 'one bucket each').to.have.length(new Set(buckets).size);
      await relay.release();
    });

    it('skips no message of sound buckets while it looks at the suspicious ones', async () => {
      const inBucket = (bucket: number) =>
        query(
          database.url,
          `INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, uuidv7(), $2, '{}', '{}')`,
          [bucket, `key ${bucket}`],
        );
      await query(database.url, 'UPDATE outbox_bucket SET crashes = 3 WHERE bucket IN (2, 3)');
      for (const bucket of [1, 2, 3]) await inBucket(bucket);
      const relay = relayOf('survivor');
      const buckets: number[] = [];
      for (let time = 0; time < 3; time += 1) {
        const batch = await relay.fetch(PLENTY);
        buckets.push(...batch.messages.map(({ key }) => Number(key.slice('key '.length))));
        await acknowledgeAll(batch);
        await untilItLooksAgain();
      }
      await relay.release();
      expect(buckets).to.deep.equal([2, 3, 1]);
    });

    it('blames no message whose publication failed while the process survived', async () => {
      const [one] = (await commitEvents(1)) as [string];
      for (let time = 0; time < 3; time += 1) await fetchAndDie();
      for (let time = 0; time < 6; time += 1) {
        deaths += 1;
        const relay = relayOf(`process ${deaths}`);
        const batch = await relay.fetch(PLENTY);
        const { messages } = batch;
        expect(messages.map(({ id }) => id)).to.deep.equal([one]);
        batch.putBack(messages);
        // This statement runs behind the note of the survival, on the same connection.
        await batch.park({ ...messages[0]!, position: '0' }, 'never').catch(() => undefined);
        await query(database.url, 'SELECT pg_sleep(0.02)');
        await die(relay);
      }
      expect(await query(database.url, 'SELECT id FROM outbox_parked')).to.deep.equal([]);
    });

    it('blames neither relays that stop nor a lost connection', async () => {
      const ids = await commitEvents(3);
      const relay = relayOf('the same process');
      for (let time = 0; time < 4; time += 1) {
        expect((await relay.fetch(PLENTY)).messages.map(({ id }) => id)).to.deep.equal(ids);
        await die(relay);
      }
      for (let time = 0; time < 4; time += 1) {
        deaths += 1;
        const stopping = relayOf(`process ${deaths}`);
        expect((await stopping.fetch(PLENTY)).messages.map(({ id }) => id)).to.deep.equal(ids);
        await stopping.release();
      }
    });
  });

  it('makes the server end its session soon after the process has vanished or was silent for long', async () => {
    const wanted = {
      tcp_keepalives_idle: '3',
      tcp_keepalives_interval: '1',
      tcp_keepalives_count: '3',
      tcp_user_timeout: '5000',
      idle_session_timeout: '10s',
    };
    const client = new pg.Client(owningConnectionOptions(database.settings));
    await client.connect();
    try {
      // The server shows the values that are set on its socket.
      for (const [name, value] of Object.entries(wanted))
        expect((await client.query<Record<string, string>>(`SHOW ${name}`)).rows, name).to.deep.equal([
          { [name]: value },
        ]);
    } finally {
      await client.end();
    }

    // The database.settings belong to the relay's session alone.
    let startup = '';
    const { hostname, port } = new URL(database.url);
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) }, () => ({
      toServer: (bytes) => ((startup ||= bytes.toString()), bytes.length),
      toClient: (bytes) => bytes.length,
    }));
    const through = new URL(database.url);
    through.host = `127.0.0.1:${proxy.port}`;
    const queue = new PostgresOutboxQueue(
      { ...database.settings, url: through.href },
      database.logger,
      NOBODY_TO_WAKE,
      {
        owner: 'test',
        keepsPublished: true,
      },
    );
    await queue.fetch({ messages: 1, bytes: 1 });
    await queue.release();
    await proxy.stop();
    for (const name of Object.keys(wanted)) expect(startup).to.contain(`-c ${name}=`);
  });

  describe('with a pooler before the database', () => {
    let proxy: TcpProxy;
    let pooled: string;

    before(async () => {
      const { hostname, port } = new URL(database.url);
      // The pooler gives its clients process ids that it invents.
      const keyData = Buffer.from([0x4b, 0, 0, 0, 12]);
      proxy = await startTcpProxy({ host: hostname, port: Number(port) }, () => ({
        toServer: (bytes) => bytes.length,
        toClient: (bytes) => {
          const place = bytes.indexOf(keyData);
          if (place >= 0) bytes.writeInt32BE(1_999_999_999, place + keyData.length);
          return bytes.length;
        },
      }));
      pooled = Object.assign(new URL(database.url), { host: `127.0.0.1:${proxy.port}` }).href;
    });

    after(() => proxy.stop());

    const warnings = () => database.logger.lines.filter(({ message }) => message.includes('a pooler stands before'));
    const sessionOf = async (given: Partial<DatabaseSettings>) =>
      (await new PostgresDatabaseDiagnosis({ ...database.settings, ...given }).look()).session;

    const relayThrough = (given: DatabaseSettings) =>
      new PostgresOutboxQueue(given, database.logger, NOBODY_TO_WAKE, { owner: 'test', keepsPublished: true });

    it('warns that the locks may be useless, and so does the doctor', async () => {
      database.logger.lines.length = 0;
      const queue = relayThrough({ ...database.settings, url: pooled });
      await queue.fetch({ messages: 1, bytes: 1 });
      await queue.release();
      expect(warnings()).to.have.length(1);
      expect(await sessionOf({ url: pooled })).to.equal('pooled');
    });

    it('goes around the pooler when DATABASE_DIRECT_URL is set', async () => {
      database.logger.lines.length = 0;
      const around = { ...database.settings, url: pooled, directUrl: database.url };
      const queue = relayThrough(around);
      await queue.fetch({ messages: 1, bytes: 1 });
      await queue.release();
      expect(warnings()).to.deep.equal([]);
      expect(await sessionOf(around)).to.equal('own');
      const nowhere = 'postgresql://nobody@127.0.0.1:1/test';
      expect(await sessionOf({ directUrl: nowhere })).to.have.property('reason', 'ECONNREFUSED');
    });

    it('sends notifications around the pooler, too', async () => {
      const nowhere = 'postgresql://nobody@127.0.0.1:1/test';
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const heard = once(client, 'notification');
      await client.query('LISTEN outbox');
      const around = { ...database.settings, url: nowhere, directUrl: database.url };
      const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), around, database.logger, 'here');
      wakeUp.nudge();
      await heard;
      await wakeUp.close();
      await client.end();
    });
  });

  it('draws positions in commit order within a key, although a rival may have begun first', async () => {
    const { opportunity, created } = anOpportunity();
    const slow = Promise.withResolvers<undefined>();
    await database.store(opportunity);
    await query(database.url, 'TRUNCATE outbox');

    // The rival begins first but gets the row's lock last, so it loses, and its event is not stored.
    const loser = rejection(
      database.unitOfWork.run(async ({ opportunities, outbox }) => {
        const mine = (await opportunities.get(opportunity.id))!;
        await slow.promise;
        mine.close('withdrawn', { actorId: 'loser', at: new Date() });
        await opportunities.save(mine);
        await outbox.append(messageOf(created, someId()));
      }),
    );
    const winner = someId();
    await database.unitOfWork.run(async ({ opportunities, outbox }) => {
      const mine = (await opportunities.get(opportunity.id))!;
      mine.close('filled', { actorId: 'winner', at: new Date() });
      await opportunities.save(mine);
      await outbox.append(messageOf(created, winner));
    });
    slow.resolve(undefined);
    await loser;
    expect(await query(database.url, 'SELECT id FROM outbox ORDER BY position')).to.deep.equal([{ id: winner }]);
  });
});
