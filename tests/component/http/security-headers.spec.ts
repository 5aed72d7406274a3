import { expect } from 'chai';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask } from '../../support/http/raw-http.ts';

const ON_EVERY_ANSWER = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

describe('security headers', () => {
  let service: InMemoryService;
  let authorization: string;

  before(async () => {
    service = await startInMemoryService();
    authorization = `Authorization: Bearer ${service.as('ada').token}\r\n`;
  });

  after(() => service.app.stop());

  const line = (method: string, path: string, headers = '') =>
    ask(service.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);

  for (const [method, path, status] of [
    ['GET', `${OPPORTUNITIES}?mine=true`, 200],
    ['GET', `${OPPORTUNITIES}/nope`, 404],
    ['GET', '/nope', 404],
    ['PUT', OPPORTUNITIES, 405],
    ['OPTIONS', OPPORTUNITIES, 204],
    ['FOO', OPPORTUNITIES, 501],
    ['CONNECT', 'a.example:443', 501],
    ['GET', '/health/live', 200],
    ['GET', '/problems/forbidden', 200],
    ['GET', 'http://[::1', 400],
    ['GET', '/a b', 400],
  ] as const)
    it(`are on the answer to ${method} ${path}`, async () => {
      const answer = await line(method, path, authorization);
      expect(answer.status).to.equal(status);
      expect(answer.headers).to.include(ON_EVERY_ANSWER).and.not.have.property('strict-transport-security');
    });

  it('let a page replace only the content security policy', async () => {
    const { headers } = await line('GET', '/problems', 'Accept: text/html\r\n');
    const { 'content-security-policy': policy, ...others } = ON_EVERY_ANSWER;
    expect(headers).to.include(others);
    expect(headers['content-security-policy']).to.contain('style-src').and.not.equal(policy);
  });

  it('tell browsers to use only TLS in production', async () => {
    const production = await startInMemoryService({
      NODE_ENV: 'production',
      JWT_SECRET: 'e0Yw3vKq8bTzN5xRj2LdPfHs7mCgUa9i',
      KAFKA_BROKERS: 'kafka.invalid:9092',
    });
    try {
      for (const request of ['nonsense\r\n\r\n', 'CONNECT a.example:443 HTTP/1.1\r\n\r\n'])
        expect((await ask(production.url, request)).headers, request).to.include({
          ...ON_EVERY_ANSWER,
          'strict-transport-security': 'max-age=31536000',
        });
      for (const path of ['/health/live', '/nope', OPPORTUNITIES])
        expect((await production.anonymous('GET', path)).headers.get('Strict-Transport-Security'), path).to.equal(
          'max-age=31536000',
        );
    } finally {
      await production.app.stop();
    }
  });

  describe('against caches that mix up users', () => {
    for (const [what, method, path, headers, status] of [
      ['a list', 'GET', `${OPPORTUNITIES}?mine=true`, true, 200],
      ['a refusal', 'GET', OPPORTUNITIES, false, 401],
      ['what is not there', 'GET', `${OPPORTUNITIES}/nope`, true, 404],
      ['a path that does not exist', 'GET', '/api/v1/nope', true, 404],
      ['a wrong method', 'PUT', OPPORTUNITIES, true, 405],
    ] as const)
      it(`are on ${what}`, async () => {
        const answer = await line(method, path, headers ? authorization : '');
        expect([answer.status, answer.headers['cache-control']]).to.deep.equal([status, 'private, no-cache']);
        expect(answer.headers['vary']?.split(', ')).to.include('Authorization');
      });

    it('are on the response to a creation', async () => {
      const ada = service.as('ada');
      const { id } = await ada.posts();
      const { headers } = await ada.get(`${OPPORTUNITIES}/${id}`);
      expect(headers.get('Cache-Control')).to.equal('private, no-cache');
    });

    it('are not on responses that are the same for everybody', async () => {
      for (const path of ['/health/live', '/problems', '/nope'])
        expect((await line('GET', path)).headers, path).to.not.have.property('cache-control');
      expect((await line('GET', '/health/ready')).headers['cache-control']).to.equal('no-store');
    });
  });
});
