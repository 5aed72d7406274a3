import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { sqlite } from '../../../examples/adapters/sqlite/sqlite.module.ts';
import { type App, runMigrations, startApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import { freePort } from '../../../tools/local/processes/ports.ts';
import { apiClient, SOME_OPPORTUNITY } from '../../support/http/api-client.ts';
import { GENEROUS_LIMITS } from '../../support/http/generous-limits.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';
import { RecordingPublisher, recordingPublisher } from '../../support/outbox/recording-publisher.ts';
import { WebhookReceiver } from '../../support/outbox/webhook-receiver.ts';
import { SqliteFile } from '../../support/sqlite/sqlite-file.ts';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';
import { SystemClock } from '#infrastructure/system/system-clock';
import { IntrospectionServer } from '../../support/tokens/introspection-server.ts';

type Page = { items: { id: string; title: string }[]; page: { nextCursor: string | null } };
type Changes = { items: { id: string }[]; page: { nextToken: string } };

const SETTINGS = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  JWT_SECRET: TEST_SECRET,
  ...GENEROUS_LIMITS,
};

describe('the service on the SQLite example', () => {
  let file: SqliteFile;
  let broker: RecordingPublisher;
  let app: App | undefined;

  beforeEach(() => {
    file = new SqliteFile();
    broker = new RecordingPublisher();
  });

  afterEach(async () => {
    await app?.stop();
    app = undefined;
    file.remove();
  });

  async function start(environment: Record<string, string> = {}): Promise<string> {
    const config = readConfig({ ...SETTINGS, ...environment }, ['database']);
    app = await startApp(config, store(), recordingPublisher(broker));
    return app.url;
  }

  const store = () => sqlite({ file: file.file, tokenLifetimeSeconds: 86_400, retentionHours: 0 });

  it('stores, lists, finds and synchronises opportunities, and publishes their events in order', async () => {
    const ada = apiClient(await start());
    const key = { 'Idempotency-Key': 'first' };
    const created = await ada.post('', { ...SOME_OPPORTUNITY, title: 'Golf teacher' }, key);
    expect(created.status).to.equal(201);
    const id = String(created.body['id']);
    expect((await ada.post('', { ...SOME_OPPORTUNITY, title: 'Golf teacher' }, key)).body['id']).to.equal(id);
    const others: string[] = [];
    for (let n = 0; n < 3; n += 1) others.unshift(String((await ada.post('', SOME_OPPORTUNITY)).body['id']));

    const first = (await ada.get('?limit=2')).body as unknown as Page;
    const second = (await ada.get(`?limit=2&cursor=${first.page.nextCursor}`)).body as unknown as Page;
    expect([...first.items, ...second.items].map((item) => item.id)).to.deep.equal([...others, id]);
    const found = (await ada.get('?q=golf&sort=relevance')).body as unknown as Page;
    expect(found.items.map((item) => item.id)).to.deep.equal([id]);

    const copy = (await ada.get('/changes')).body as unknown as Changes;
    expect(copy.items).to.have.length(4);
    expect((await ada.post(`/${id}/close`, { reason: 'filled' })).status).to.equal(200);
    const changes = (await ada.get(`/changes?since=${copy.page.nextToken}`)).body as unknown as Changes;
    expect(changes.items.map((item) => item.id)).to.deep.equal([id]);

    const own = () => broker.published.filter((message) => message.key === id);
    await eventually(() => (own().length === 2 ? true : undefined));
    expect(own().map(({ attributes }) => attributes['sequence'])).to.deep.equal(['1', '2']);
    expect(own()[0]?.attributes['traceparent']).to.match(/^00-[0-9a-f]{32}-/);
    expect(broker.published).to.have.length(5);
    const ready = await fetch(`${app!.url}/health/ready`);
    expect(await ready.json()).to.deep.include({ status: 'ready', database: 'up', broker: 'up' });
  });

  it('publishes events after a restart that nobody could receive before', async () => {
    broker.away = true;
    const { body } = await apiClient(await start()).post('', SOME_OPPORTUNITY);
    await app?.stop();
    broker.away = false;
    await start();
    await eventually(() => (broker.published.length > 0 ? true : undefined));
    expect(broker.published.map(({ key }) => key)).to.deep.equal([body['id']]);
  });

  it('closes the database when it stops', async () => {
    await apiClient(await start()).post('', SOME_OPPORTUNITY);
    const writeAheadLog = `${file.file}-wal`;
    expect(existsSync(writeAheadLog)).to.equal(true);
    await app?.stop();
    app = undefined;
    // The last connection to close removes the log.
    expect(existsSync(writeAheadLog)).to.equal(false);
  });

  it('responds with 503 while another process holds the write lock, and with 201 afterwards', async () => {
    const ada = apiClient(await start({ RATE_LIMIT_ENABLED: 'false' }));
    const other = file.connect();
    other.execute('BEGIN IMMEDIATE');
    const refused = await ada.post('', SOME_OPPORTUNITY);
    expect([refused.status, refused.body['code']]).to.deep.equal([503, 'storage_unavailable']);
    other.execute('ROLLBACK');
    expect((await ada.post('', SOME_OPPORTUNITY)).status).to.equal(201);
  });

  it('does not start with MIGRATE=false until the migrations have run', async () => {
    expect(String(await rejection(start({ MIGRATE: 'false' })))).to.contain('0001-create-opportunity-tables');
    await runMigrations(readConfig(SETTINGS, ['database']), store());
    await start({ MIGRATE: 'false' });
  });

  it('does not start when a port of the store is bound to nothing', async () => {
    const config = readConfig(SETTINGS, ['database']);
    expect(String(await rejection(startApp(config, recordingPublisher(broker))))).to.contain('SchemaMigrations');
  });
});

describe('the program that starts the example adapters', () => {
  const receiver = new WebhookReceiver();
  const issuer = new IntrospectionServer(new SystemClock());
  let file: SqliteFile;
  let child: ChildProcess | undefined;

  before(async () => {
    file = new SqliteFile();
    await Promise.all([receiver.server.heal(), issuer.server.heal()]);
  });

  after(async () => {
    child?.kill('SIGKILL');
    await Promise.all([receiver.server.break(), issuer.server.break()]);
    file.remove();
  });

  async function run(environment: Record<string, string>) {
    const port = await freePort();
    const { PATH } = process.env;
    child = spawn(process.execPath, ['--conditions=source', 'examples/adapters/start.ts'], {
      env: { PATH, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'error', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
    return { url: `http://127.0.0.1:${port}`, exited };
  }

  it('needs no setting of PostgreSQL, Kafka and Django, not even in production', async () => {
    const { url, clientId, clientSecret } = issuer.settings;
    const { url: service, exited } = await run({
      SQLITE_FILE: file.file,
      WEBHOOK_URL: receiver.server.url,
      INTROSPECTION_URL: url,
      INTROSPECTION_CLIENT_ID: clientId,
      INTROSPECTION_CLIENT_SECRET: clientSecret,
    });
    await eventually(async () => ((await fetch(`${service}/health/ready`)).ok ? true : undefined), 15_000);
    const created = await fetch(`${service}/api/v1/opportunities`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${issuer.issue({ userId: 'ada' })}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(SOME_OPPORTUNITY),
    });
    expect(created.status).to.equal(201);
    const { id } = (await created.json()) as { id: string };
    await eventually(() => (receiver.received.some(({ key }) => key === id) ? true : undefined));
    child?.kill('SIGTERM');
    expect(await exited).to.deep.equal({ code: 0, output: '' });
  }).timeout(30_000);

  it('names the settings of those adapters that are not replaced', async () => {
    const { exited } = await run({ SQLITE_FILE: file.file });
    const { code, output } = await exited;
    expect(code).to.equal(1);
    expect(output).to.contain('JWT_SECRET is required').and.contain('KAFKA_BROKERS is required');
    expect(output).not.to.contain('DATABASE_URL');
  }).timeout(30_000);
});
