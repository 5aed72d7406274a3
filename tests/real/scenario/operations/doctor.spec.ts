import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { freePort } from '../../../../tools/local/processes/ports.ts';
import { type DjangoBackend, startDjango } from '../../../support/tokens/django-backend.ts';
import { ENV_LINES } from '../../../support/system/env-lines.ts';
import { type Ended, runCommand, startCommand } from '../../../support/servers/operator-commands.ts';
import { realServers, TOPIC } from '../../../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

const SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const SMALL_TOPIC = 'doctor.small';

type Check = { id: string; status: string; says: string; reasons: { code: string }[] };

/** Runs the built command, as an operator does. */
const doctorProcess = (args: string[], environment: Record<string, string> = {}, input = ''): Promise<Ended> =>
  startCommand(['doctor', ...args], environment, input).ended;

async function checks(
  args: string[],
  environment: Record<string, string> = {},
  input = '',
): Promise<Map<string, Check>> {
  const { output, error } = await runCommand(['doctor', ...args, '--json'], environment, input);
  expect(error).to.equal('');
  const report = JSON.parse(output) as { checks: Check[] };
  return new Map(report.checks.map((check) => [check.id, check]));
}

describe('the doctor', () => {
  let folder: string;
  let environment: Record<string, string>;
  let service: ServiceProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opportunities-doctor-'));
    environment = {
      NODE_ENV: 'development',
      JWT_SECRET: SECRET,
      DATABASE_URL: await createTestDatabase(),
      KAFKA_BROKERS: realServers().kafka.brokers,
    };
    service = await startService({ ...environment, NODE_ENV: 'production' });
  }).timeout(60_000);

  after(() => {
    killAll();
    rmSync(folder, { recursive: true });
  });

  function written(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
  const sign = (options: Record<string, unknown> = {}) => signDjangoToken({ secret: SECRET, userId: '42', ...options });

  it('ends with 0 for a running service; with --production, one broker is a warning that fails', async () => {
    const token = sign({ lifetimeSeconds: 600 });
    const same = written('same.env', `JWT_SECRET=${SECRET}\n`);
    const args = ['--django-env', same, '--token', '-', '--url', service.url];
    const fine = await doctorProcess(args, environment, token);
    expect(fine.code, fine.output).to.equal(0);
    expect(fine.error).to.equal('');
    for (const id of [
      ...['config.valid', 'secret.strong', 'secret.same', 'token.accepted', 'token.lifetime', 'service.ready'],
      ...[
        'service.hsts',
        'service.origins',
        'service.limits',
        'service.headers',
        'service.description',
        'service.token',
      ],
      ...['clock.same', 'database.reachable', 'database.own', 'database.migrations', 'database.session'],
      ...['broker.reachable', 'broker.topic', 'broker.partitions', 'broker.message_size'],
    ])
      expect(fine.output).to.match(new RegExp(`^  ok      ${id.replace('.', '[.]')}: `, 'm'));
    expect(fine.output).to.match(/^ {2}ok {6}8\. Use different database instances for Django and Node\.js/m);
    for (const hidden of [SECRET, ...token.split('.')]) expect(fine.output).not.to.contain(hidden);

    const strict = await doctorProcess([...args, '--production', '--json'], environment, token);
    expect(strict.code).to.equal(1);
    expect(JSON.parse(strict.output)).to.deep.include({ version: 1, failed: true });
    expect(strict.output).to.contain('one copy');
  }).timeout(60_000);

  it("reports Django's tables and migrations that have not run, and changes nothing", async () => {
    const url = await createTestDatabase();
    await query(
      url,
      'CREATE SCHEMA backend; CREATE TABLE backend.auth_user (id int); CREATE TABLE django_migrations (id int)',
    );
    const found = await checks([], { ...environment, DATABASE_URL: url });
    expect(found.get('database.own')).to.include({ status: 'failure' });
    expect(found.get('database.own')?.says).to.contain('backend.auth_user, public.django_migrations');
    expect(found.get('database.migrations')).to.include({ status: 'warning' });
    expect(found.get('database.migrations')?.says).to.contain('0001-create-opportunity-table');
    const tables = await query(url, "SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'backend')");
    expect(tables).to.have.length(2);
  }).timeout(30_000);

  it('reports migrations of a newer version', async () => {
    const url = environment['DATABASE_URL']!;
    await query(url, "INSERT INTO schema_migrations (name) VALUES ('9999-from-the-future')");
    const found = await checks([], environment);
    await query(url, "DELETE FROM schema_migrations WHERE name = '9999-from-the-future'");
    expect(found.get('database.migrations')?.says).to.equal(
      'A newer version of the service has run these migrations: 9999-from-the-future.',
    );
  }).timeout(30_000);

  it('reports a database that does not exist', async () => {
    const wrong = new URL(environment['DATABASE_URL']!);
    wrong.pathname = '/no_such_database';
    const found = await checks([], { ...environment, DATABASE_URL: wrong.href });
    expect(found.get('database.reachable')?.says).to.contain('there is no database of that name');
  }).timeout(30_000);

  it('reports a topic with weak settings, and a missing one', async () => {
    const admin = new Kafka({ brokers: [realServers().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const configEntries = [
      { name: 'min.insync.replicas', value: '2' },
      { name: 'max.message.bytes', value: '1000' },
    ];
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: SMALL_TOPIC, numPartitions: 1, configEntries }],
    });

    const small = await checks([], { ...environment, KAFKA_TOPIC: SMALL_TOPIC });
    expect(small.get('broker.partitions')?.status).to.equal('warning');
    expect(small.get('broker.replication')?.says).to.contain('one copy');
    expect(small.get('broker.min_in_sync')).to.include({ status: 'failure' });
    expect(small.get('broker.message_size')).to.include({ status: 'warning' });

    const usual = await checks([], { ...environment, KAFKA_TOPIC: TOPIC });
    expect(usual.get('broker.min_in_sync')?.says).to.contain('min.insync.replicas is 1');

    const missing = await checks([], { ...environment, KAFKA_TOPIC: 'doctor.missing' });
    expect(missing.get('broker.topic')).to.include({ status: 'failure' });
    expect(await admin.listTopics(), 'asking for a topic does not create it').not.to.include('doctor.missing');
    await admin.deleteTopics({ topics: [SMALL_TOPIC] });
    await admin.disconnect();
  }).timeout(60_000);

  it('reports everything that is down, and ends in time', async () => {
    const nowhere = {
      ...environment,
      DATABASE_URL: 'postgresql://ada:hidden@127.0.0.1:1/x',
      KAFKA_BROKERS: '127.0.0.1:1',
    };
    const free = `http://127.0.0.1:${await freePort()}`;
    const away = ['--url', free, '--django-url', free];
    const { code, output, error } = await doctorProcess(away, nowhere);
    expect([code, error]).to.deep.equal([1, '']);
    for (const id of ['database.reachable', 'broker.reachable', 'service.ready', 'django.reachable'])
      expect(output).to.match(new RegExp(`^  FAILURE ${id.replace('.', '[.]')}: .*nothing listens there\\.$`, 'm'));
    expect(output).not.to.match(/hidden|^\s+at /m);
  }).timeout(30_000);

  it('stops waiting for servers that accept a connection and never answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const nowhere = { ...environment, DATABASE_URL: `postgresql://${address}/x`, KAFKA_BROKERS: address };
    const found = await checks(['--url', `http://${address}`, '--django-url', `http://${address}`], nowhere);
    silent.close();
    for (const id of ['database.reachable', 'broker.reachable', 'service.ready', 'django.reachable'])
      expect(found.get(id)?.says, id).to.contain('there was no response in time');
  }).timeout(15_000);

  for (const [what, options, code, cause] of [
    ['has expired', { lifetimeSeconds: -60 }, 'token_expired', 'token_expired'],
    ['is a refresh token', { token_type: 'refresh' }, 'token_wrong_type', 'token_wrong_type'],
    ['somebody else has signed', { secret: 'b'.repeat(20) + SECRET }, 'token_invalid', 'signed_with_another_secret'],
  ] as const)
    it(`reports a token that ${what}, in its own check and at the service`, async () => {
      const found = await checks(['--token', '-', '--url', service.url], environment, sign(options));
      expect(found.get('token.accepted')).to.deep.include({ status: 'failure' });
      expect(found.get('token.accepted')?.says).to.contain(`401 ${code}`);
      expect(found.get('token.accepted')?.reasons[0]?.code).to.equal(cause);
      expect(found.get('service.token')?.says).to.contain(`401 ${code}`);
    }).timeout(30_000);

  describe('with a real Django', () => {
    let django: DjangoBackend;

    before(async () => {
      // The guide writes this line, and python-decouple takes the comment as a part of the secret.
      django = await startDjango({ JWT_SECRET: `${SECRET}  # MUST MATCH!` });
    }).timeout('5m');

    after(() => {
      django.stop();
    });

    it('is ok from outside when nothing is wrong', async () => {
      const found = await checks(['--url', service.url, '--django-url', `${django.url}/`], environment);
      for (const id of ['django.reachable', 'django.origins', 'django.refresh', 'clock.same'])
        expect(found.get(id), id).to.include({ status: 'ok' });
      expect(found.get('clock.same')?.says).to.contain('of Django');
    }).timeout(30_000);

    it('names the comment behind the secret, from the files and from a token alone', async () => {
      const line = `JWT_SECRET=${SECRET}  # MUST MATCH!\n`;
      const [ours, djangos] = [written('ours.env', line), written('django.env', line)];
      const token = await django.shell(
        "print(RefreshToken.for_user(User.objects.create_user('ada', 'ada@example.org', 'pw')).access_token)",
      );
      const { JWT_SECRET: _, ...others } = environment;
      const both = await checks(['--env', ours, '--django-env', djangos, '--token', '-'], others, token);
      expect(both.get('secret.same')?.reasons.map(({ code }) => code)).to.deep.equal([
        'inline_comment',
        'inline_comment',
      ]);
      expect(both.get('token.accepted')?.reasons[0]?.code).to.equal('signed_with_django_file');
      const alone = await checks(
        ['--env', ours, '--token', '-'],
        others,
        JSON.stringify({ access: token, refresh: 'x' }),
      );
      expect(alone.get('token.form')?.reasons[0]?.code).to.equal('login_answer');
      expect(alone.get('token.accepted')?.reasons[0]?.code).to.equal('signed_with_our_file_as_django_reads_it');

      django.configure({ JWT_SECRET: SECRET });
      const mended = await django.shell("print(RefreshToken.for_user(User.objects.get(username='ada')).access_token)");
      const right = await checks(
        ['--env', ours, '--django-env', written('d.env', `JWT_SECRET=${SECRET}\n`), '--token', '-'],
        others,
        mended,
      );
      expect(right.get('secret.same')).to.include({ status: 'ok' });
      expect(right.get('token.accepted')).to.include({ status: 'ok' });
    }).timeout(60_000);
  });

  it('explains a line that the two services read differently, for each reason', async () => {
    // The unit test has all lines. Here each reason has one.
    const lines = new Map(ENV_LINES.toReversed().map((line) => [line.reasons.join(), line]));
    for (const { name, text, reasons } of lines.values()) {
      if (reasons.length === 0) continue;
      const env = written('ours.env', text);
      const django = written('django.env', text);
      const found = await checks(['--env', env, '--django-env', django]);
      expect(found.get('secret.same')?.status, name).to.equal('failure');
      expect(
        found.get('secret.same')?.reasons.map(({ code }) => code),
        name,
      ).to.include.members([...reasons]);
    }
  }).timeout(120_000);

  it('ends with 2 for an unknown option, and with 78 when the file does not exist', async () => {
    expect(await doctorProcess(['--nonsense'])).to.include({ code: 2, output: '' });
    expect(await doctorProcess(['--env', join(folder, 'nowhere')])).to.include({ code: 78, output: '' });
    expect((await doctorProcess(['--help'])).code).to.equal(0);
  }).timeout(30_000);
});
