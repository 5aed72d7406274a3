import { expect } from 'chai';
import {
  type BrokerFindings,
  type DatabaseFindings,
  LookFailed,
  type TopicFindings,
} from '#application/ports/operations/diagnosis';
import { brokerChecks } from '#interfaces/cli/doctor/checks/broker-checks';
import { databaseChecks, databaseName } from '#interfaces/cli/doctor/checks/database-checks';
import { errorText } from '#interfaces/cli/connection-errors';
import { withTimeout } from '#interfaces/cli/doctor/checks/web-requests';
import { type Check, hasFailed, report } from '#interfaces/cli/doctor/report';
import { reportText } from '#interfaces/cli/doctor/report-formats';
import { settingChecks, type ServiceSettings } from '#interfaces/cli/doctor/checks/setting-checks';
import { rejection } from '../../../support/system/rejection.ts';

const statuses = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ id, status }) => [id, status]));
const saysOf = (checks: readonly Check[], id: string) => checks.find((check) => check.id === id)?.says ?? '';

describe('the checks of the configuration', () => {
  const FINE: ServiceSettings = {
    problems: [],
    environment: 'production',
    http: { isLimited: true, allowedOrigins: [] },
    logLevel: 'info',
    tokens: { leewaySeconds: 0, maxLifetimeSeconds: 86_400 },
  };
  const seen = (changes: Partial<ServiceSettings>, forProduction = true) =>
    settingChecks({ ...FINE, ...changes }, forProduction);

  it('are ok when nothing is wrong', () => {
    expect(new Set(seen({}).map(({ status }) => status))).to.deep.equal(new Set(['ok']));
  });

  for (const [id, status, changes] of [
    ['config.valid', 'failure', { problems: ['PORT must be a whole number from 0 to 65535'] }],
    ['config.environment', 'warning', { environment: 'development' }],
    ['config.environment', 'skipped', { environment: undefined }],
    ['config.limits', 'warning', { http: { isLimited: false, allowedOrigins: [] } }],
    ['config.limits', 'skipped', { http: undefined }],
    ['config.origins', 'warning', { http: { isLimited: true, allowedOrigins: ['http://app.example.org'] } }],
    ['config.origins', 'ok', { http: { isLimited: true, allowedOrigins: ['https://app.example.org'] } }],
    ['config.origins', 'skipped', { http: undefined }],
    ['config.log', 'warning', { logLevel: 'warn' }],
    ['config.log', 'warning', { logLevel: 'silent' }],
    ['config.log', 'skipped', { logLevel: undefined }],
    ['config.leeway', 'warning', { tokens: { leewaySeconds: 61, maxLifetimeSeconds: 1 } }],
    ['config.leeway', 'ok', { tokens: { leewaySeconds: 60, maxLifetimeSeconds: 1 } }],
    ['config.max_lifetime', 'warning', { tokens: { leewaySeconds: 0, maxLifetimeSeconds: 86_401 } }],
    ['config.max_lifetime', 'skipped', { tokens: undefined }],
  ] as const)
    it(`${id} is ${status} for ${JSON.stringify(changes)}`, () => {
      expect(statuses(seen(changes))[id]).to.equal(status);
    });

  it('accept development, unless --production is given', () => {
    expect(statuses(seen({ environment: 'development' }, false))['config.environment']).to.equal('ok');
  });

  it('list every problem under its variable', () => {
    const [check] = seen({ problems: ['PORT is wrong', 'HOST is wrong'] });
    expect(check?.reasons?.map(({ code }) => code)).to.deep.equal(['PORT', 'HOST']);
  });
});

describe('the checks of the database', () => {
  const FINE: DatabaseFindings = { djangoTables: [], pending: [], unknown: [], readOnly: false, session: 'own' };
  const look = (findings: Partial<DatabaseFindings> | LookFailed) => ({
    look: async () => {
      if (findings instanceof LookFailed) throw findings;
      return { ...FINE, ...findings };
    },
  });
  const seen = (findings: Partial<DatabaseFindings> | LookFailed, djangos?: string) =>
    databaseChecks(look(findings), 'db:5432/opportunities', djangos);

  it('are ok when nothing is wrong', async () => {
    expect(statuses(await seen({}))).to.deep.equal({
      'database.reachable': 'ok',
      'database.own': 'ok',
      'database.migrations': 'ok',
      'database.session': 'ok',
    });
  });

  for (const [id, status, findings] of [
    ['database.reachable', 'failure', { readOnly: true }],
    ['database.own', 'failure', { djangoTables: ['public.auth_user'] }],
    ['database.migrations', 'warning', { pending: ['0001'] }],
    ['database.migrations', 'warning', { unknown: ['9999'] }],
    ['database.session', 'warning', { session: 'pooled' }],
    ['database.session', 'failure', { session: new LookFailed('ECONNREFUSED') }],
  ] as const)
    it(`${id} is ${status} for ${JSON.stringify(findings)}`, async () => {
      expect(statuses(await seen(findings))[id]).to.equal(status);
    });

  it("recognise Django's database by its address, even when it does not answer", async () => {
    expect(statuses(await seen({}, 'db:5432/opportunities'))['database.own']).to.equal('failure');
    expect(statuses(await seen({}, 'db:5432/django'))['database.own']).to.equal('ok');
    const away = statuses(await seen(new LookFailed('ECONNREFUSED'), 'db:5432/opportunities'));
    expect(away).to.deep.equal({
      'database.reachable': 'failure',
      'database.own': 'failure',
      'database.migrations': 'skipped',
      'database.session': 'skipped',
    });
  });

  it('say why the database does not answer, without its own message', async () => {
    expect(saysOf(await seen(new LookFailed('28P01')), 'database.reachable')).to.contain('the password is wrong');
    expect(statuses(await databaseChecks(undefined, undefined, undefined))).to.include({ 'database.own': 'skipped' });
  });

  it('name a database without its user and password', () => {
    expect(databaseName('postgresql://ada:pw@DB.example.org/app?x=1')).to.equal('db.example.org:5432/app');
    expect(databaseName('postgres://h:6000/app')).to.equal('h:6000/app');
    for (const other of [undefined, 'sqlite:///db.sqlite3', 'nonsense'])
      expect(databaseName(other)).to.equal(undefined);
  });
});

describe('the checks of the broker', () => {
  const TOPIC: TopicFindings = {
    shards: 12,
    replicas: 3,
    shardsBehind: 0,
    settings: { minInSyncReplicas: 2, maxMessageBytes: 1_048_588 },
  };
  const SETTINGS = { topic: 'events', ssl: true, production: true };
  const seen = (topic: Partial<TopicFindings> | undefined, settings = SETTINGS) => {
    const findings: BrokerFindings = { brokers: 3, topic: topic && { ...TOPIC, ...topic } };
    return brokerChecks({ look: async () => findings }, settings);
  };
  const inSync = (minInSyncReplicas: number) => ({ settings: { minInSyncReplicas, maxMessageBytes: 2_000_000 } });

  it('are ok when nothing is wrong', async () => {
    const found = statuses(await seen({}));
    expect(new Set(Object.values(found))).to.deep.equal(new Set(['ok']));
    expect(Object.keys(found)).to.have.length(7);
  });

  for (const [id, status, topic] of [
    ['broker.topic', 'failure', undefined],
    ['broker.partitions', 'skipped', undefined],
    ['broker.partitions', 'warning', { shards: 1 }],
    ['broker.replication', 'warning', { replicas: 1, ...inSync(1) }],
    ['broker.replication', 'warning', { replicas: 2, ...inSync(1) }],
    ['broker.replication', 'warning', { shardsBehind: 1 }],
    ['broker.min_in_sync', 'warning', inSync(1)],
    ['broker.min_in_sync', 'warning', inSync(3)],
    ['broker.min_in_sync', 'failure', inSync(4)],
    ['broker.min_in_sync', 'skipped', { settings: undefined }],
    ['broker.message_size', 'warning', { settings: { minInSyncReplicas: 2, maxMessageBytes: 1_048_587 } }],
    ['broker.message_size', 'skipped', { settings: undefined }],
  ] as const)
    it(`${id} is ${status} for ${JSON.stringify(topic)}`, async () => {
      expect(statuses(await seen(topic))[id]).to.equal(status);
    });

  it('require TLS only in production', async () => {
    expect(statuses(await seen({}, { ...SETTINGS, ssl: false }))['broker.tls']).to.equal('warning');
    expect(statuses(await seen({}, { ...SETTINGS, ssl: false, production: false }))['broker.tls']).to.equal('ok');
  });

  it('say why no broker answers', async () => {
    const away = { look: () => Promise.reject(new LookFailed('SASL_AUTHENTICATION_FAILED')) };
    const checks = await brokerChecks(away, SETTINGS);
    expect(saysOf(checks, 'broker.reachable')).to.contain('the password is wrong');
    expect(statuses(checks)).to.include({ 'broker.topic': 'skipped', 'broker.tls': 'ok' });
    expect(new Set(Object.values(statuses(await brokerChecks(undefined, undefined))))).to.deep.equal(
      new Set(['skipped']),
    );
  });
});

describe('a check with a time limit', () => {
  it('fails when the time is over', async () => {
    const never = new Promise<never>(() => undefined);
    expect(await rejection(withTimeout(never, 1))).to.include({ name: 'LookFailed', reason: 'ETIMEDOUT' });
  });

  it('hides errors that no port names', async () => {
    const error = await rejection(withTimeout(Promise.reject(new Error('password=hidden'))));
    expect(error).to.include({ name: 'LookFailed', reason: 'UNKNOWN', message: 'UNKNOWN' });
  });

  it('does not accept a text as a code', () => {
    expect(new LookFailed('password=hidden')).to.include({ reason: 'UNKNOWN', message: 'UNKNOWN' });
    expect(errorText('UNKNOWN')).to.equal('the reason is unknown');
    expect(errorText('XX000')).to.equal('the error code is XX000');
  });
});

describe('the report', () => {
  const check = (id: string, status: Check['status']): Check => ({ id, status, says: `says ${id}`, fix: `fix ${id}` });

  it('has the nine items of the checklist, whatever was checked', () => {
    const { checklist } = report([]);
    expect(checklist).to.have.length(9);
    expect(new Set(checklist.map(({ status }) => status))).to.deep.equal(new Set(['skipped']));
  });

  it('gives an item the worst result of its checks, and ignores skipped checks', () => {
    const item = (...checks: Check[]) => report(checks).checklist[5];
    expect(item(check('config.limits', 'ok'), check('service.limits', 'skipped'))?.status).to.equal('ok');
    expect(item(check('config.limits', 'ok'), check('service.limits', 'warning'))?.status).to.equal('warning');
    expect(item(check('config.limits', 'failure'), check('service.limits', 'warning'))?.status).to.equal('failure');
  });

  it('fails on warnings only for production', () => {
    const one = (status: Check['status']) => report([check('config.log', status)]);
    expect([one('ok'), one('skipped'), one('warning')].map((it) => hasFailed(it, false))).to.deep.equal([
      false,
      false,
      false,
    ]);
    expect([one('ok'), one('skipped'), one('warning')].map((it) => hasFailed(it, true))).to.deep.equal([
      false,
      false,
      true,
    ]);
    expect(hasFailed(one('failure'), false)).to.equal(true);
  });

  it('is a text that says what to do', () => {
    const text = reportText(
      report([
        { ...check('secret.strong', 'failure'), reasons: [{ code: 'x', says: 'the cause', fix: 'the cure' }] },
        check('secret.place', 'ok'),
        { id: 'service.https', status: 'skipped', says: 'not checked: give --url' },
        { id: 'service.hsts', status: 'skipped', says: 'not checked: give --url' },
      ]),
    );
    for (const line of [
      /^The secret\n {2}FAILURE secret\.strong: says secret\.strong\n {12}\* the cause\n {14}the cure\n {10}> fix secret\.strong$/m,
      /^ {2}ok {6}secret\.place: says/m,
      /^ {2}- {7}service\.https, service\.hsts: not checked: give --url$/m,
      /^ {2}FAILURE 1\. Use strong, random JWT_SECRET \(at least 32 characters\) \(secret\.strong\)\n {10}> fix secret\.strong$/m,
      /^ {2}- {7}3\. Use HTTPS for all API calls \(not checked: give --url\)$/m,
      /^1 failed, 0 warnings, 1 ok, 2 not checked$/m,
    ])
      expect(text).to.match(line);
  });
});
