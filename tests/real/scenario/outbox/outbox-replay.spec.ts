import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { amount } from '#interfaces/cli/outbox/text-formats';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { checkHistory } from '../../../../tools/history/check-history.ts';
import { isReplay } from '../../../../tools/history/records.ts';
import { readTopic } from '../../../../tools/history/read-topic.ts';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { type LoggedWriters, startWriters } from '../../../support/outbox/logged-writers.ts';
import { type Ended, runCommand, startCommand } from '../../../support/servers/operator-commands.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { TEST_SECRET } from '../../../support/http/start-app.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

type Retained = { position: string; id: string; key: string; headers: Record<string, string>; payload: string };

describe('replay and verify, beside a running service', () => {
  let environment: Record<string, string>;
  let database: string;
  let topic: string;
  let writers: LoggedWriters;

  beforeEach(async () => {
    const { brokers } = realServers().kafka;
    database = await createTestDatabase();
    topic = `replay.${randomBytes(6).toString('hex')}`;
    await createTopic(brokers, topic);
    environment = { DATABASE_URL: database, KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, OUTBOX_RETENTION_HOURS: '24' };
    writers = await startWriters(database, 11);
  });

  afterEach(async () => {
    killAll();
    await writers.stop();
  });

  /** Lets writers work until so many events are written, and relays until all of them are published. */
  async function published(count: number): Promise<void> {
    await startService({ ...environment, ROLE: 'relay' });
    await eventually(() => (writers.log.length >= count ? true : undefined), 20_000);
    await writers.stop();
    await allRelayed();
  }
  const allRelayed = () =>
    eventually(
      async () => ((await query(database, 'SELECT 1 FROM outbox LIMIT 1')).length === 0 ? true : undefined),
      20_000,
    );
  const retained = () => query<Retained>(database, 'SELECT * FROM outbox_published ORDER BY position');
  const history = async () => ({
    writes: writers.log,
    faults: [],
    records: await readTopic(realServers().kafka.brokers, topic),
  });

  const settings = () => ({ NODE_ENV: 'test', JWT_SECRET: TEST_SECRET, ...environment });
  const outbox = (...args: string[]): Promise<Ended> => runCommand(['outbox', ...args], settings());
  /** Starts the built command, as an operator does. */
  const start = (...args: string[]) => startCommand(['outbox', ...args], settings());

  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const { output, error } = await outbox(...args, '--json');
    expect(error).to.equal('');
    return JSON.parse(output) as Record<string, unknown>;
  }

  it('verify is fine, and names events that were altered, never published, or published out of order', async () => {
    await published(120);
    const events = await retained();
    const fine = await start('verify', '--from', '1h').ended;
    expect(fine).to.include({ code: 0, error: '' });
    expect(fine.output).to.equal(
      `fine\n\ncompared   ${amount(events.length)} events with the topic; 0 repeats, 0 replays\n`,
    );

    const [altered, marked] = [events[20]!, events[40]!];
    await query(database, `UPDATE outbox_published SET payload = payload || ' ' WHERE id = $1`, [altered.id]);
    await query(database, `UPDATE outbox_published SET headers = headers || '{"x":"y"}' WHERE id = $1`, [marked.id]);
    const lost = someId();
    await query(
      database,
      `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
       VALUES (999999, 1, $1, 'lost', '{}', 'a secret of somebody', now(), now())`,
      [lost],
    );
    const [first, second] = events.filter(({ key }) => key === events[0]!.key);
    // After this the two events seem to have been written in the opposite order.
    await query(
      database,
      `UPDATE outbox_published SET position = CASE id WHEN $1 THEN $4::bigint ELSE $3::bigint END WHERE id IN ($1, $2)`,
      [first!.id, second!.id, first!.position, second!.position],
    );
    const found = await outbox('verify', '--from', '1h');
    expect(found).to.include({ code: 1, error: '' });
    const lines = found.output.split('\n');
    expect(lines[0]).to.equal('1 event missing; 2 records with a difference; 1 event out of order');
    expect(lines[3]).to.match(new RegExp(`^missing    ${lost}, key lost, published at `));
    const differing = lines.slice(4, 6).toSorted();
    for (const [{ id, key }, what] of [
      [altered, 'payload'],
      [marked, 'headers'],
    ] as const)
      expect(
        differing.filter((line) => line.startsWith(`differing  ${id}, key ${key}, at `) && line.endsWith(`: ${what}`)),
      ).to.have.length(1);
    expect(lines[6]).to.match(
      new RegExp(`^disorder   ${second!.id}, key ${second!.key}, first at \\d+:\\d+, after ${first!.id}$`),
    );
    expect(found.output, 'no payload').to.not.contain('secret');
    expect(await json('verify', '--from', '1h')).to.deep.include({
      version: 1,
      command: 'verify',
      ok: false,
      compared: events.length + 1,
      missing: 1,
      differing: 2,
      outOfOrder: 1,
    });
  }).timeout(60_000);

  it('verify reports events that the topic itself has deleted', async () => {
    await published(60);
    const admin = new Kafka({
      clientId: 'test',
      brokers: [environment['KAFKA_BROKERS']!],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: ends.filter(({ high }) => high !== '0').map(({ partition, high }) => ({ partition, offset: high })),
    });
    await admin.disconnect();
    const { code, output } = await outbox('verify', '--from', '1h');
    expect(code).to.equal(1);
    expect(output)
      .to.match(/^[\d,]+ events not comparable\n/)
      .and.to.match(/\ndeleted {4}[\d,]+ events: the topic's own retention/);
    expect(output).to.not.contain('missing');
  }).timeout(60_000);

  it('a replay is published by the relays, marked and in order, and changes nothing else', async () => {
    await published(150);
    const before = await retained();
    const key = before[0]!.key;
    const ofKey = before.filter((event) => event.key === key);
    expect(await json('replay', '--from', '1h', '--dry-run')).to.deep.include({ ok: true, events: before.length });
    expect((await outbox('replay', '--from', '1h', '--key', key, '--dry-run')).output).to.equal(
      `${amount(ofKey.length)} events of 1 key would be replayed\n`,
    );
    expect(await readTopic(environment['KAFKA_BROKERS']!, topic)).to.have.length(before.length);

    const done = await json('replay', '--from', '1h', '--rate', '5000');
    expect(done).to.deep.include({ ok: true, replayed: before.length, removed: 0, restFrom: null });
    await allRelayed();
    expect(await retained()).to.deep.equal(before);
    const { records } = await history();
    const replays = records.filter(isReplay);
    expect(replays).to.have.length(before.length);
    for (const [one, events] of Map.groupBy(before, (event) => event.key)) {
      const again = replays.filter((record) => record.key === one).toSorted((a, b) => a.offset - b.offset);
      expect(again.map(({ id, value, headers }) => ({ id, value, headers }))).to.deep.equal(
        events.map(({ id, payload, headers }) => ({
          id,
          value: payload,
          headers: { ...headers, ce_replayedat: done['replayedAt'] },
        })),
      );
    }
    expect(checkHistory(await history())).to.deep.equal([]);
    expect((await outbox('verify', '--from', '1h')).output).to.equal(
      `fine\n\ncompared   ${amount(before.length)} events with the topic; 0 repeats, ${amount(before.length)} replays\n`,
    );
  }).timeout(60_000);

  it('a stopped replay prints how to continue, and a replay pauses while too many events wait', async () => {
    await published(60);
    const before = await retained();
    const slow = start('replay', '--from', '1h', '--rate', '8');
    await eventually(async () =>
      (await readTopic(environment['KAFKA_BROKERS']!, topic)).some(isReplay) ? true : undefined,
    );
    slow.child.kill('SIGINT');
    const { code, output, error } = await slow.ended;
    expect([code, error]).to.deep.equal([1, '']);
    const [, replayed, from] =
      /^stopped: ([\d,]+) of [\d,]+ events replayed, .*\nTo continue, replay again with --from (\S+): /.exec(output) ??
      [];
    expect(Number(replayed?.replace(',', ''))).to.be.within(2, before.length - 1);
    expect((await outbox('replay', '--from', from!, '--rate', '5000')).code).to.equal(0);
    await allRelayed();
    const again = (await readTopic(environment['KAFKA_BROKERS']!, topic)).filter(isReplay);
    expect(new Set(again.map(({ id }) => id))).to.deep.equal(new Set(before.map(({ id }) => id)));

    await outbox('pause');
    await query(
      database,
      `INSERT INTO outbox (bucket, id, key, headers, payload)
       SELECT n % 64, gen_random_uuid(), 'waiting', '{}', '{}' FROM generate_series(1, 6000) AS n`,
    );
    const held = start('replay', '--from', '1h');
    await eventually(async () => {
      const waits = await query(
        database,
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'opportunities outbox' AND query LIKE '%FROM outbox LIMIT%'`,
      );
      return waits.length > 0 ? true : undefined;
    });
    held.child.kill('SIGINT');
    expect((await held.ended).output).to.match(/^stopped: 0 of /);
    expect(await query(database, `SELECT 1 FROM outbox WHERE headers ? 'ce_replayedat'`)).to.deep.equal([]);
  }).timeout(90_000);

  it('replay and verify say when no event is retained', async () => {
    await published(20);
    await query(database, 'TRUNCATE outbox_published');
    for (const command of ['replay', 'verify'])
      expect(await outbox(command, '--from', '1h')).to.include({ code: 1, output: '' });
    expect((await outbox('replay', '--from', 'soon')).code).to.equal(2);
    delete environment['KAFKA_BROKERS'];
    expect((await outbox('verify', '--from', '1h')).code).to.equal(78);
  }).timeout(60_000);
});
