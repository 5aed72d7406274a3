import { expect } from 'chai';
import {
  type Answer,
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const APP = 'https://app.example.org';
const LOCAL = 'http://localhost:5173';
const MINE = `${OPPORTUNITIES}?mine=true`;
const DRAFT = { type: 'job', title: 'Some job', status: 'draft' };
const PREFLIGHT = {
  'Access-Control-Request-Method': 'PATCH',
  'Access-Control-Request-Headers': 'authorization,content-type,if-match',
};

const corsHeaders = ({ headers }: Answer) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const allowedOrigin = ({ headers }: Answer) => headers.get('Access-Control-Allow-Origin');
const listed = (answer: Answer, name: string) => answer.headers.get(name)?.split(',');

describe('browser apps of other origins', () => {
  let service: InMemoryService;

  const call = (method: string, path: string, headers: Record<string, string>) =>
    service.as('ada').call(method, path, { headers });
  const preflight = (path: string, origin: string) =>
    service.anonymous('OPTIONS', path, { headers: { Origin: origin, ...PREFLIGHT } });

  describe('that are allowed', () => {
    before(async () => {
      service = await startInMemoryService({ CORS_ALLOWED_ORIGINS: `${APP}, ${LOCAL}` });
    });

    after(() => service.app.stop());

    it('may send a preflight without a token', async () => {
      for (const [origin, path] of [
        [APP, OPPORTUNITIES],
        [LOCAL, `${OPPORTUNITIES}/01900000-0000-7000-8000-000000000001`],
      ] as const) {
        const answer = await preflight(path, origin);
        expect([answer.status, answer.body, allowedOrigin(answer)]).to.deep.equal([204, null, origin]);
        expect(listed(answer, 'Access-Control-Allow-Methods')).to.include.members(['GET', 'POST', 'PATCH', 'DELETE']);
        expect(listed(answer, 'Access-Control-Allow-Headers')).to.have.members([
          ...['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Request-Id'],
          'traceparent',
        ]);
        expect(answer.headers.get('Access-Control-Max-Age')).to.equal('7200');
        expect(answer.headers.get('Vary')).to.contain('Origin');
      }
    });

    for (const [what, status, ask] of [
      ['what was created', 201, (headers) => service.as('ada').call('POST', OPPORTUNITIES, { headers, body: DRAFT })],
      ['what is not valid', 422, (headers) => service.as('ada').call('POST', OPPORTUNITIES, { headers, body: {} })],
      ['that the token is missing', 401, (headers) => service.anonymous('GET', MINE, { headers })],
      ['that the token is no good', 401, (headers) => call('GET', MINE, { ...headers, Authorization: 'Bearer x' })],
      ['that there is nothing', 404, (headers) => call('GET', '/api/v1/nope', headers)],
      ['that the method is wrong', 405, (headers) => call('PUT', OPPORTUNITIES, headers)],
    ] as [string, number, (headers: Record<string, string>) => Promise<Answer>][])
      it(`may read ${what}`, async () => {
        const answer = await ask({ Origin: APP });
        expect([answer.status, allowedOrigin(answer)]).to.deep.equal([status, APP]);
        expect(listed(answer, 'Access-Control-Expose-Headers')).to.have.members([
          ...['ETag', 'Location', 'X-Request-Id', 'Retry-After', 'Link', 'Idempotent-Replayed', 'RateLimit'],
          'RateLimit-Policy',
        ]);
        expect(answer.headers.get('Vary')).to.contain('Origin').and.contain('Authorization');
      });

    it('may read Retry-After while the storage is down', async () => {
      service.database.away = true;
      const answer = await call('GET', MINE, { Origin: APP });
      service.database.away = false;
      expect([answer.status, allowedOrigin(answer)]).to.deep.equal([503, APP]);
      expect(listed(answer, 'Access-Control-Expose-Headers')).to.include('Retry-After');
    });

    it('may send no cookies, because tokens travel in a header', async () => {
      for (const answer of [await call('GET', MINE, { Origin: APP }), await preflight(OPPORTUNITIES, APP)])
        expect(corsHeaders(answer)).to.not.include('access-control-allow-credentials');
    });

    for (const origin of [
      'https://evil.example',
      'https://app.example.org.evil.example',
      'https://sub.app.example.org',
      'http://app.example.org',
      'https://app.example.org:8443',
      'https://APP.example.org',
      'http://localhost',
      `${APP}, ${LOCAL}`,
      'null',
      '*',
    ])
      it(`do not include ${origin}`, async () => {
        for (const answer of [
          await call('POST', OPPORTUNITIES, { Origin: origin }),
          await preflight(OPPORTUNITIES, origin),
        ]) {
          expect(corsHeaders(answer)).to.deep.equal([]);
          expect(answer.headers.get('Vary')).to.contain('Origin');
        }
      });

    it('do not include callers without an origin, such as the mobile app', async () => {
      expect(corsHeaders(await call('POST', OPPORTUNITIES, {}))).to.deep.equal([]);
    });

    it('get the ordinary response to OPTIONS when it is no preflight', async () => {
      const answer = await service.anonymous('OPTIONS', OPPORTUNITIES, { headers: { Origin: APP } });
      expect(answer.status).to.equal(204);
      expect(answer.headers.get('Allow')).to.contain('POST');
    });
  });

  it('get no CORS headers without the setting', async () => {
    service = await startInMemoryService();
    try {
      for (const answer of [
        await call('GET', MINE, { Origin: APP }),
        await preflight(OPPORTUNITIES, APP),
        await call('GET', '/nope', { Origin: APP }),
      ]) {
        expect(corsHeaders(answer)).to.deep.equal([]);
        expect(answer.headers.get('Vary') ?? '').to.not.contain('Origin');
      }
    } finally {
      await service.app.stop();
    }
  });
});
