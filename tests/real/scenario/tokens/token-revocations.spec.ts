import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { type FreezableProxy, startFreezableProxy } from '../../../support/servers/freezable-proxy.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { TEST_SECRET } from '../../../support/http/start-app.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

/** Makes a token of a minute ago, because a token of the same second could have been issued after the revocation. */
const tokenOf = (userId: string, role = 'user') =>
  signDjangoToken({ secret: TEST_SECRET, userId, role, now: new Date(Date.now() - 60_000) });

describe('tokens that are revoked while several processes are running', () => {
  let database: string;
  let topic: string;
  let environment: Record<string, string>;
  let all: ServiceProcess;
  let api: ServiceProcess;
  let proxy: FreezableProxy;

  before(async function () {
    this.timeout(60_000);
    const { kafka, postgres } = realServers();
    database = await createTestDatabase();
    topic = `users-${randomUUID()}`;
    await createTopic(kafka.brokers, topic);
    environment = { DATABASE_URL: database, KAFKA_BROKERS: kafka.brokers, KAFKA_USER_EVENTS_TOPIC: topic };
    all = await startService(environment);
    api = await startService({ ...environment, ROLE: 'api' });
    const { hostname, port } = new URL(postgres.url);
    proxy = await startFreezableProxy({ host: hostname, port: Number(port) });
  });

  after(async () => {
    killAll();
    await proxy.stop();
  });

  const ask = async ({ url }: ServiceProcess, method: string, path: string, token: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { code } = (await response.json()) as { code?: string };
    return `${response.status} ${code ?? ''}`.trim();
  };
  /** Sends a request that needs a valid token and no database. */
  const post = (service: ServiceProcess, userId: string, token = tokenOf(userId)) =>
    ask(service, 'POST', 'opportunities', token, {});
  const revoke = (service: ServiceProcess, userId: string) =>
    ask(service, 'PUT', `token-revocations/${userId}`, tokenOf('boss', 'admin'), { reason: 'deactivated' });
  const refused = (service: ServiceProcess, userId: string, milliseconds = 8000) =>
    eventually(async () => ((await post(service, userId)) === '401 token_revoked' ? true : undefined), milliseconds);

  const tell = async (userId: string) => {
    const kafka = new Kafka({ brokers: [realServers().kafka.brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const value = JSON.stringify({ userId, validAfter: new Date(), reason: 'deactivated' });
    await producer.send({ topic, messages: [{ key: userId, value }] });
    await producer.disconnect();
  };

  it('at one process are refused by that process at once, and by the other within seconds', async () => {
    for (const [one, other] of [
      [all, api],
      [api, all],
    ] as const) {
      const user = randomUUID();
      expect([await post(one, user), await post(other, user)]).to.deep.equal(Array(2).fill('422 validation_failed'));
      expect(await revoke(one, user)).to.equal('200');
      expect(await post(one, user)).to.equal('401 token_revoked');
      await refused(other, user);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const fresh = signDjangoToken({ secret: TEST_SECRET, userId: user });
      for (const service of [one, other]) expect(await post(service, user, fresh)).to.equal('422 validation_failed');
    }
  }).timeout(40_000);

  it('are still refused after a restart, from the first request on', async () => {
    await revoke(all, 'gone');
    const restarted = await startService({ ...environment, ROLE: 'api' });
    expect(await post(restarted, 'gone')).to.equal('401 token_revoked');
    restarted.kill('SIGTERM');
    expect(await restarted.exited).to.equal(0);
  }).timeout(40_000);

  it('by a user event of the token issuer are refused by all processes', async () => {
    expect(await post(api, '4711')).to.equal('422 validation_failed');
    await tell('4711');
    await Promise.all([refused(all, '4711'), refused(api, '4711')]);
  }).timeout(40_000);

  it('by user events stay revoked when no process was running, and when the reader was killed', async () => {
    all.kill('SIGKILL');
    await all.exited;
    await tell('4712');
    all = await startService(environment);
    // The broker reassigns the partitions of a killed reader after 10 seconds.
    await Promise.all([refused(all, '4712', 20_000), refused(api, '4712', 20_000)]);
    // The process is stopped cleanly while its reader is working.
    all.kill('SIGTERM');
    expect(await all.exited).to.equal(0);
    all = await startService(environment);
  }).timeout(60_000);

  it('by user events are read when the broker is back, and its outage hinders no start', async () => {
    const { kafka } = realServers();
    kafka.kill('SIGKILL');
    await kafka.exited;
    const late = await startService(environment).finally(() => kafka.restart());
    expect(await post(late, '4713')).to.equal('422 validation_failed');
    await eventually(() => tell('4713').then(() => true), 20_000);
    await refused(late, '4713', 30_000);
    late.kill('SIGTERM');
    expect(await late.exited).to.equal(0);
  }).timeout(90_000);

  it('are unknown while the database is frozen, when open accepts them and closed does not, and are refused afterwards', async () => {
    const far = new URL(database);
    far.host = `127.0.0.1:${proxy.port}`;
    const settings = { DATABASE_URL: far.href, ROLE: 'api', DATABASE_STATEMENT_TIMEOUT_MS: '500' };
    const [open, closed] = await Promise.all([
      startService({ ...settings, JWT_REVOCATION_FAILURE: 'open' }),
      startService({ ...settings, JWT_REVOCATION_FAILURE: 'closed' }),
    ]);
    await revoke(all, 'known');
    await Promise.all([refused(open, 'known'), refused(closed, 'known')]);

    proxy.freeze();
    await revoke(all, 'unknown');
    await eventually(
      async () => ((await post(closed, 'known')) === '503 revocations_unavailable' ? true : undefined),
      60_000,
    );
    expect(await post(closed, 'somebody')).to.equal('503 revocations_unavailable');
    expect(await post(open, 'known')).to.equal('401 token_revoked');
    expect(await post(open, 'unknown')).to.equal('422 validation_failed');
    await eventually(() =>
      /tokens are checked against the revocations known so far/.test(open.output()) ? true : undefined,
    );
    await eventually(() => (/all tokens are refused/.test(closed.output()) ? true : undefined));

    proxy.thaw();
    for (const service of [open, closed]) {
      await eventually(
        async () => ((await post(service, 'somebody')) === '422 validation_failed' ? true : undefined),
        20_000,
      );
      await refused(service, 'unknown', 20_000);
    }
    expect(await query(database, "SELECT 1 FROM token_revocation WHERE user_id = 'unknown'")).to.have.length(1);
  }).timeout(150_000);
});
