import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { type Ended, runCommand, startCommand } from '../../../support/servers/operator-commands.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { TEST_SECRET } from '../../../support/http/start-app.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('the commands of the outbox, beside a running service', () => {
  let environment: Record<string, string>;
  let database: string;
  let topic: string;
  let admin: Admin;
  let consumer: Consumer;

  before(async () => {
    const { brokers } = realServers().kafka;
    admin = new Kafka({ clientId: 'test', brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });

  after(() => admin.disconnect());

  beforeEach(async () => {
    const { brokers } = realServers().kafka;
    database = await createTestDatabase();
    topic = `commands.${randomBytes(6).toString('hex')}`;
    await createTopic(brokers, topic);
    await allowBytes(4000);
    environment = { DATABASE_URL: database, KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, OUTBOX_RETENTION_HOURS: '24' };
    await startService({ ...environment, ROLE: 'relay' });
    consumer = await startConsumer(brokers, topic);
  });

  afterEach(async () => {
    killAll();
    await consumer.stop();
  });

  const allowBytes = (bytes: number) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
        },
      ],
    });

  const settings = () => ({ NODE_ENV: 'test', JWT_SECRET: TEST_SECRET, ...environment });
  const outbox = (...args: string[]): Promise<Ended> => runCommand(['outbox', ...args], settings());
  /** Runs the built command, as an operator does. */
  const outboxProcess = (...args: string[]): Promise<Ended> => startCommand(['outbox', ...args], settings()).ended;

  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const { output, error } = await outbox(...args, '--json');
    expect(error).to.equal('');
    return JSON.parse(output) as Record<string, unknown>;
  }
  const firstLine = async () => (await outbox('status')).output.split('\n')[0];

  /** Writes an event of the key. Its payload begins with its id. @returns the id. */
  async function write(key: string, bytes = 100): Promise<string> {
    const id = someId();
    await query(
      database,
      `INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, '{"ce_type":"test.v1"}', $4)`,
      [key.charCodeAt(0) % 64, id, key, `${id} ${randomBytes(bytes / 2).toString('hex')}`],
    );
    return id;
  }
  const received = (key: string) =>
    consumer.received.filter((each) => each.key === key).map(({ payload }) => payload.split(' ')[0]);
  const arrived = (key: string, ids: readonly string[]) =>
    eventually(() => (received(key).length >= ids.length ? true : undefined), 15_000);

  /** Writes five events of key a, of which Kafka refuses the third as too large, and then one event of key b. */
  async function aParkedKey(): Promise<{ before: string[]; refused: string; behind: string[] }> {
    const before = [await write('a'), await write('a')];
    const refused = await write('a', 8000);
    const behind = [await write('a'), await write('a')];
    const other = await write('b');
    await arrived('b', [other]);
    await arrived('a', before);
    await eventually(async () => {
      const parked = await query(database, 'SELECT 1 FROM outbox_parked');
      return parked.length === 3 ? true : undefined;
    });
    return { before, refused, behind };
  }

  it('a refused event is parked with its key, is shown, and is published in order once it fits', async () => {
    expect(await firstLine()).to.equal('fine');
    const { before, refused, behind } = await aParkedKey();
    expect(await firstLine()).to.equal('1 key parked');
    expect(await json('status')).to.deep.include({ ok: false, state: 'parked', parkedKeys: 1, waiting: 0 });
    expect((await outboxProcess('status')).code).to.equal(1);
    const list = (await outbox('parked', 'list')).output;
    expect(list).to.match(new RegExp(`^${refused}  test.v1  a +8,0\\d\\d .* 2 +\\S.*`, 'm'));
    expect((await outbox('parked', 'show', refused)).output)
      .to.contain(`\n${refused} `)
      .and.match(/TOO_LARGE|too large/i);
    expect(await outbox('parked', 'retry', behind[0]!)).to.deep.include({ code: 1, output: '' });

    const again = await outbox('parked', 'retry', refused);
    expect(again).to.include({ code: 1, error: '' });
    expect(again.output).to.contain(`key a: refused again: ${refused}: `);

    await allowBytes(100_000);
    await eventually(async () => {
      const { code, output } = await outbox('parked', 'retry', '--key', 'a');
      return code === 0 && output === 'key a: 3 events published\n' ? true : undefined;
    }, 30_000);
    const all = [...before, refused, ...behind];
    await arrived('a', all);
    expect([...new Set(received('a'))]).to.deep.equal(all);
    expect(received('a').slice(-3), 'in order, after those that went before').to.deep.equal(all.slice(-3));
    expect(await firstLine()).to.equal('fine');
    expect((await outbox('parked', 'list')).output).to.equal('no key is parked\n');
  }).timeout(90_000);

  it('a refused event is discarded, and the events behind it are published', async () => {
    const { before, refused, behind } = await aParkedKey();
    expect(await outbox('parked', 'discard', refused)).to.include({ code: 2 });
    const { code, output } = await outboxProcess('parked', 'discard', refused, '--reason', 'a test of ours');
    expect([code, output]).to.deep.equal([0, '1 event discarded, key a\nkey a: 2 events published\n']);
    await arrived('a', [...before, ...behind]);
    expect([...new Set(received('a'))]).to.deep.equal([...before, ...behind]);
    expect(await query(database, 'SELECT id, reason FROM outbox_discarded')).to.deep.equal([
      { id: refused, reason: 'a test of ours' },
    ]);
    expect(await firstLine()).to.equal('fine');
    expect(await outboxProcess('parked', 'show', refused)).to.deep.equal({
      code: 1,
      output: '',
      error: `No parked event has the id ${refused}.\n`,
    });
  }).timeout(60_000);

  it('a pause stops the events that wait, and resume publishes them', async () => {
    await arrived('a', [await write('a')]);
    expect((await outbox('pause', '--reason', 'the topic moves')).code).to.equal(0);
    expect((await outbox('pause')).output).to.match(/^already paused, since .*: the topic moves\n/);
    // By then every relay has seen the pause.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ids = [await write('a'), await write('a')];
    expect(await firstLine()).to.equal('paused');
    expect(await json('status')).to.deep.include({ state: 'paused', waiting: 2 });
    const { events } = (await json('peek', '--key', 'a')) as { events: { id: string }[] };
    expect(events.map(({ id }) => id)).to.deep.equal(ids);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(received('a')).to.have.length(1);
    expect((await outbox('resume')).output).to.match(/^resumed; the outbox was paused since .*: the topic moves\n/);
    await arrived('a', ['first', ...ids]);
    expect(received('a').slice(1)).to.deep.equal(ids);
    expect(await firstLine()).to.equal('fine');
  }).timeout(60_000);

  it('status says when no relay runs', async () => {
    killAll();
    await eventually(async () =>
      (await firstLine()) === 'no relay publishes: none runs, or none reaches the broker' ? true : undefined,
    );
    expect((await outbox('status')).code).to.equal(1);
  }).timeout(30_000);

  it('a running service removes events that are older than the retention time', async () => {
    await arrived('a', [await write('a')]);
    await eventually(async () =>
      (await query(database, 'SELECT 1 FROM outbox_published')).length > 0 ? true : undefined,
    );
    await query(database, "UPDATE outbox_published SET published_at = now() - interval '25 hours'");
    await eventually(
      async () => ((await query(database, 'SELECT 1 FROM outbox_published')).length === 0 ? true : undefined),
      20_000,
    );
  }).timeout(60_000);
});
