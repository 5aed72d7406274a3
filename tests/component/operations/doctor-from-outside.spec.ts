import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { isConfidential } from '#interfaces/cli/doctor/checks/web-requests';
import { djangoChecks } from '#interfaces/cli/doctor/checks/django-checks';
import type { Check } from '#interfaces/cli/doctor/report';
import { serviceChecks } from '#interfaces/cli/doctor/checks/service-checks';
import { transport } from '#interfaces/cli/doctor/checks/web-checks';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { type InMemoryService, startInMemoryService } from '../../support/in-memory/in-memory-service.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';

const byId = (checks: readonly Check[]) => Object.fromEntries(checks.map((check) => [check.id, check]));
const statuses = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ id, status }) => [id, status]));

describe('the checks of the doctor from outside', () => {
  const ends: (() => Promise<void>)[] = [];

  after(async () => {
    await Promise.all(ends.map((end) => end()));
  });

  /** Starts a server that answers with the listener. */
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    ends.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function ours(environment: Record<string, string> = {}): Promise<InMemoryService> {
    const service = await startInMemoryService(environment);
    ends.push(() => service.app.stop());
    return service;
  }

  /** The service behind a proxy that changes the headers of its responses. */
  async function behind(service: InMemoryService, change: (headers: Record<string, string>) => void): Promise<string> {
    return serve((request, response) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers as Record<string, string>).filter(
          ([name]) => !['host', 'connection'].includes(name),
        ),
      );
      void fetch(service.url + (request.url ?? ''), { method: request.method ?? 'GET', headers }).then(
        async (answer) => {
          const changed = Object.fromEntries(answer.headers);
          for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive'])
            Reflect.deleteProperty(changed, name);
          change(changed);
          response.writeHead(answer.status, changed).end(Buffer.from(await answer.arrayBuffer()));
        },
      );
    });
  }

  describe('of the service', () => {
    it('are ok when nothing is wrong', async () => {
      const { checks, clockAhead } = await serviceChecks(
        (await ours({ NODE_ENV: 'production', KAFKA_BROKERS: '127.0.0.1:1' })).url,
        undefined,
      );
      expect(statuses(checks)).to.deep.include({
        'service.https': 'warning',
        'service.hsts': 'ok',
        'service.origins': 'ok',
        'service.limits': 'ok',
        'service.headers': 'ok',
        'service.description': 'ok',
        'service.token': 'skipped',
      });
      expect(byId(checks)['service.ready']?.says).to.match(/ready/);
      expect(clockAhead).to.be.within(-2, 2);
    });

    it('report headers that a proxy has changed, and a missing rate limit', async () => {
      const service = await ours({ RATE_LIMIT_ENABLED: 'false' });
      const url = await behind(service, (headers) => {
        Reflect.deleteProperty(headers, 'referrer-policy');
        headers['access-control-allow-origin'] = '*';
        headers['strict-transport-security'] = 'max-age=60';
      });
      const { checks } = await serviceChecks(url, undefined);
      expect(statuses(checks)).to.include({
        'service.hsts': 'warning',
        'service.origins': 'failure',
        'service.limits': 'warning',
        'service.headers': 'warning',
      });
      expect(byId(checks)['service.headers']?.says).to.contain('referrer-policy');
    });

    it('warn of a missing Strict-Transport-Security outside of production', async () => {
      expect(statuses((await serviceChecks((await ours()).url, undefined)).checks)['service.hsts']).to.equal('warning');
    });

    it('report that any origin is allowed', async () => {
      const service = await ours();
      const url = await behind(service, (headers) => {
        headers['access-control-allow-origin'] = 'https://doctor.invalid';
      });
      expect(statuses((await serviceChecks(url, undefined)).checks)['service.origins']).to.equal('failure');
    });

    it('send the token, and report how the service answers', async () => {
      const { url, clock } = await ours();
      const token = (secret: string) => `Bearer ${signDjangoToken({ secret, userId: '42', now: clock.now() })}`;
      expect(statuses((await serviceChecks(url, token(TEST_SECRET))).checks)['service.token']).to.equal('ok');
      const { checks } = await serviceChecks(url, token('another-secret-that-is-long-enough-0123'));
      expect(byId(checks)['service.token']).to.include({ status: 'failure' });
      expect(byId(checks)['service.token']?.says).to.contain('401 token_invalid');
    });

    it('recognise that the server is another one', async () => {
      const url = await serve((_request, response) => response.end('<html>'));
      const { checks } = await serviceChecks(url, undefined);
      expect(statuses(checks)).to.include({
        'service.ready': 'failure',
        'service.description': 'skipped',
        'service.metrics': 'skipped',
      });
    });

    for (const [what, health, status] of [
      ['the database is down', [503, { database: 'down', broker: 'up' }], 'failure'],
      ['the broker is down', [200, { database: 'up', broker: 'down' }], 'warning'],
      ['events wait', [200, { database: 'up', broker: 'up', outbox: { oldestSeconds: 61 } }], 'warning'],
      ['all is well', [200, { database: 'up', broker: 'up', outbox: { oldestSeconds: 1 } }], 'ok'],
    ] as const)
      it(`report service.ready when ${what}`, async () => {
        const url = await serve((_request, response) => {
          response.writeHead(health[0]).end(JSON.stringify(health[1]));
        });
        expect(statuses((await serviceChecks(url, undefined)).checks)['service.ready']).to.equal(status);
      });

    it('find the counter of failed authentications', async () => {
      const url = await serve((_request, response) => response.end('opportunities_auth_failures_total{} 1\n'));
      expect(statuses((await serviceChecks(url, undefined)).checks)['service.metrics']).to.equal('ok');
    });

    it('are one failure when nothing answers', async () => {
      const { checks } = await serviceChecks('http://127.0.0.1:1', 'a.b.c');
      expect(checks).to.have.length(9);
      expect(checks.filter(({ status }) => status === 'failure').map(({ id }) => id)).to.deep.equal(['service.ready']);
      expect(new Set((await serviceChecks(undefined, undefined)).checks.map(({ status }) => status))).to.deep.equal(
        new Set(['skipped']),
      );
    });

    it('send a token only where nobody else can read it', () => {
      const safe = ['https://a.example', 'http://localhost:1', 'http://127.0.0.1', 'http://[::1]:3000'];
      const unsafe = ['http://a.example', 'http://localhost.example.org', 'http://10.0.0.1', 'http://127.example.org'];
      expect([...safe, ...unsafe].filter(isConfidential)).to.deep.equal(safe);
    });

    it('require TLS', () => {
      expect(transport('x', 'https://opportunities.example.org').status).to.equal('ok');
      expect(transport('x', 'http://localhost:3000').status).to.equal('warning');
      expect(transport('x', 'http://opportunities.example.org').status).to.equal('failure');
    });
  });

  describe('of Django', () => {
    const aService = (clockAhead: number | undefined) => Promise.resolve({ clockAhead });
    const django = (status: number, headers: Record<string, string> = {}) =>
      serve((_request, response) => {
        response.writeHead(status, headers).end('{"refresh":["This field is required."]}');
      });
    const later = (seconds: number) => ({ Date: new Date(Date.now() + seconds * 1000).toUTCString() });

    it('are ok when nothing is wrong', async () => {
      let asked: { headers: IncomingHttpHeaders; method: string | undefined; url: string | undefined } | undefined;
      const url = await serve(({ headers, method, url }, response) => {
        asked = { headers, method, url };
        response.writeHead(400).end();
      });
      expect(statuses(await djangoChecks(url, aService(0)))).to.deep.equal({
        'django.reachable': 'ok',
        'django.https': 'warning',
        'django.origins': 'ok',
        'django.refresh': 'ok',
        'django.limits': 'skipped',
        'clock.same': 'ok',
      });
      expect(asked).to.include({ method: 'POST', url: '/api/auth/refresh/' });
      expect(asked?.headers).to.include({ origin: 'https://doctor.invalid' });
    });

    it('report that any origin is allowed, and that tokens cannot be refreshed', async () => {
      const url = await django(404, { 'Access-Control-Allow-Origin': '*' });
      expect(statuses(await djangoChecks(url, aService(0)))).to.include({
        'django.origins': 'failure',
        'django.refresh': 'warning',
      });
    });

    for (const [seconds, status, words] of [
      [0, 'ok', 'agree'],
      [10, 'warning', 'behind'],
      [-10, 'warning', 'ahead of'],
      [3600, 'failure', 'behind'],
    ] as const)
      it(`compare the clocks when Django's is ${seconds} seconds ahead`, async () => {
        const clock = byId(await djangoChecks(await django(400, later(seconds)), aService(0)))['clock.same'];
        expect(clock?.status).to.equal(status);
        expect(clock?.says).to.contain(words).and.to.contain('Django');
      });

    it('compare the clock with this machine when Django cannot be reached', async () => {
      const alone = byId(await djangoChecks(undefined, aService(-60)));
      expect(alone['clock.same']).to.include({ status: 'failure' });
      expect(alone['clock.same']?.says).to.contain('60 seconds behind the clock of this machine');
      expect(alone['django.reachable']?.status).to.equal('skipped');
      const away = statuses(await djangoChecks('http://127.0.0.1:1', aService(undefined)));
      expect(away).to.include({ 'django.reachable': 'failure', 'django.refresh': 'skipped', 'clock.same': 'skipped' });
    });
  });
});
