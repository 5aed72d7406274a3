import { expect } from 'chai';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import {
  type Answer,
  type InMemoryService,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask, RawConnection } from '../../support/http/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';

const MINE = `${OPPORTUNITIES}?mine=true`;
const DRAFT = { type: 'event', title: 'Meetup', status: 'draft' };

describe('rate limits', () => {
  const logger = new RecordingLogger();
  let service: InMemoryService;

  const start = async (environment: Record<string, string> = {}) => {
    logger.lines.length = 0;
    service = await startInMemoryService(
      {
        RATE_LIMIT_READS_PER_MINUTE: '5',
        RATE_LIMIT_WRITES_PER_MINUTE: '3',
        RATE_LIMIT_ANONYMOUS_PER_MINUTE: '4',
        ...environment,
      },
      recordingLogger(logger),
    );
  };

  afterEach(() => service.app.stop());

  const limitOf = ({ headers }: Answer) => [headers.get('RateLimit-Policy'), headers.get('RateLimit')];

  /** Sends so many requests one after the other, and returns their status codes. */
  const statuses = async (count: number, request: () => Promise<{ readonly status: number }>): Promise<number[]> => {
    const found: number[] = [];
    for (let n = 0; n < count; n += 1) found.push((await request()).status);
    return found;
  };

  describe('of a user', () => {
    beforeEach(() => start());

    it('say in each response how many requests remain, and for how long', async () => {
      const ada = service.as('ada');
      expect(limitOf(await ada.get(MINE))).to.deep.equal(['"reads";q=5;w=60', '"reads";r=4;t=60']);
      service.clock.advance(17_500);
      expect(limitOf(await ada.get(MINE))).to.deep.equal(['"reads";q=5;w=60', '"reads";r=3;t=43']);
      expect(limitOf(await ada.post(OPPORTUNITIES, DRAFT))).to.deep.equal(['"writes";q=3;w=60', '"writes";r=2;t=60']);
    });

    it('say so in 304, 204 and errors as well', async () => {
      const ada = service.as('ada');
      const created = await ada.post(OPPORTUNITIES, DRAFT);
      const one = `${OPPORTUNITIES}/${created.body.id}`;
      const answers = [
        await ada.call('GET', one, { headers: { 'If-None-Match': created.headers.get('ETag')! } }),
        await ada.get(`${OPPORTUNITIES}/nope`),
        await ada.get('/nope'),
        await ada.call('OPTIONS', one),
        await ada.post(OPPORTUNITIES, {}),
        await ada.call('DELETE', one),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal([304, 404, 404, 204, 422, 204]);
      expect(answers.map(limitOf)).to.deep.equal([
        ...[4, 3, 2, 1].map((left) => ['"reads";q=5;w=60', `"reads";r=${left};t=60`]),
        ...[1, 0].map((left) => ['"writes";q=3;w=60', `"writes";r=${left};t=60`]),
      ]);
    });

    it('refuse further requests with 429, and say when to come back', async () => {
      const ada = service.as('ada');
      await statuses(5, () => ada.get(MINE));
      service.clock.advance(20_500);
      const refused = await ada.call('GET', MINE, { headers: { 'X-Request-Id': 'the-one' } });
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('Content-Type')).to.equal('application/problem+json');
      expect(refused.headers.get('Retry-After')).to.equal('40');
      expect(limitOf(refused)).to.deep.equal(['"reads";q=5;w=60', '"reads";r=0;t=40']);
      expect(refused.body).to.deep.equal({
        type: '/problems/rate_limited',
        title: 'Too many requests',
        status: 429,
        detail: 'The limit "reads" allows 5 requests in 60 seconds. Try again in 40 seconds.',
        instance: 'urn:request:the-one',
        code: 'rate_limited',
        'violated-policies': ['reads'],
      });
      service.clock.advance(39_499);
      expect((await ada.get(MINE)).headers.get('Retry-After'), 'Retry-After is never 0').to.equal('1');
      service.clock.advance(1);
      expect((await ada.get(MINE)).status).to.equal(200);
    });

    it('are separate for reading and writing, and for each user', async () => {
      const ada = service.as('ada');
      expect(await statuses(4, () => ada.post(OPPORTUNITIES, DRAFT))).to.deep.equal([201, 201, 201, 429]);
      expect(await statuses(6, () => ada.get(MINE))).to.deep.equal([200, 200, 200, 200, 200, 429]);
      expect((await service.as('grace').get(MINE)).status).to.equal(200);
    });

    it('are shared by all tokens of the user', async () => {
      const other = signDjangoToken({ secret: TEST_SECRET, userId: '42', role: 'admin', now: SOME_DAY });
      expect(await statuses(3, () => service.as('42').get(MINE))).to.deep.equal([200, 200, 200]);
      const again = () => service.anonymous('GET', MINE, { headers: { Authorization: `Bearer ${other}` } });
      expect(await statuses(3, again)).to.deep.equal([200, 200, 429]);
    });

    it('count a repetition with an Idempotency-Key as a write', async () => {
      const ada = service.as('ada');
      const repeat = () => ada.call('POST', OPPORTUNITIES, { headers: { 'Idempotency-Key': 'one' }, body: DRAFT });
      expect(await statuses(4, repeat)).to.deep.equal([201, 201, 201, 429]);
      expect(service.database.opportunities.size).to.equal(1);
      service.clock.advance(60_000);
      expect((await repeat()).headers.get('Idempotent-Replayed'), 'the 429 has not used the key').to.equal('true');
    });

    for (const path of ['/nope', '/problems', '/api/v1/nope'])
      it(`count reading ${path}, which needs no token`, async () => {
        expect(limitOf(await service.as('ada').get(path))[1]).to.equal('"reads";r=4;t=60');
      });
  });

  describe('of an address', () => {
    beforeEach(() => start());

    it('count requests without a valid token, on every path', async () => {
      const expired = signDjangoToken({ secret: TEST_SECRET, userId: 'ada', now: SOME_DAY, lifetimeSeconds: -1 });
      const answers = [
        await service.anonymous('GET', MINE),
        await service.anonymous('POST', OPPORTUNITIES, { headers: { Authorization: `Bearer ${expired}` } }),
        await service.anonymous('GET', '/problems'),
        await service.anonymous('GET', '/nope'),
        await service.anonymous('GET', '/problems/rate_limited'),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 200, 404, 429]);
      expect(answers.map((answer) => limitOf(answer)[1])).to.deep.equal(
        [3, 2, 1, 0, 0].map((left) => `"anonymous";r=${left};t=60`),
      );
      expect(answers[4]!.body['violated-policies']).to.deep.equal(['anonymous']);
    });

    it('tell an app that its token has expired, even when they are used up', async () => {
      const expired = signDjangoToken({ secret: TEST_SECRET, userId: 'ada', now: SOME_DAY, lifetimeSeconds: -1 });
      const headers = { Authorization: `Bearer ${expired}` };
      await statuses(5, () => service.anonymous('GET', '/problems'));
      for (const path of [MINE, '/problems']) {
        const answer = await service.anonymous('GET', path, { headers });
        expect([answer.status, answer.body.code]).to.deep.equal([401, 'token_expired']);
        expect(limitOf(answer)[1]).to.equal('"anonymous";r=0;t=60');
      }
    });

    it('never lock out a user with a valid token', async () => {
      const guess = () => service.anonymous('GET', MINE, { headers: { Authorization: 'Bearer guess' } });
      expect(await statuses(5, guess)).to.deep.equal([401, 401, 401, 401, 429]);
      const ada = service.as('ada');
      expect((await ada.get(MINE)).status).to.equal(200);
      expect((await ada.post(OPPORTUNITIES, DRAFT)).status).to.equal(201);
    });

    it('are not used up by requests with a valid token', async () => {
      const ada = service.as('ada');
      await statuses(5, () => ada.get(MINE));
      expect(limitOf(await service.anonymous('GET', MINE))[1]).to.equal('"anonymous";r=3;t=60');
    });

    for (const path of ['/health/live', '/health/ready', '/metrics'])
      it(`never count ${path}`, async () => {
        const seen = await statuses(10, () => service.anonymous('GET', path));
        expect(new Set(seen)).not.to.include(429);
        expect(limitOf(await service.anonymous('GET', path))).to.deep.equal([null, null]);
        expect(limitOf(await service.anonymous('GET', '/nope'))[1]).to.equal('"anonymous";r=3;t=60');
      });
  });

  describe('behind proxies', () => {
    const from = (forwarded: string) =>
      service.anonymous('GET', '/problems', { headers: { 'X-Forwarded-For': forwarded } });

    it('ignore X-Forwarded-For when no proxy is trusted', async () => {
      await start();
      let n = 0;
      expect(await statuses(5, () => from(`192.0.2.${(n += 1)}`))).to.deep.equal([200, 200, 200, 200, 429]);
    });

    it('count the address that the outermost trusted proxy saw, and ignore forged addresses before it', async () => {
      await start({ TRUST_PROXY: '2' });
      let n = 0;
      const forged = () => from(`198.51.100.${(n += 1)}, 192.0.2.1, 10.0.0.2`);
      expect(await statuses(5, forged)).to.deep.equal([200, 200, 200, 200, 429]);
      expect((await from('192.0.2.1, 192.0.2.7, 10.0.0.2')).status, 'another client').to.equal(200);
    });

    it('count one IPv6 network as one client', async () => {
      await start({ TRUST_PROXY: '1' });
      let n = 0;
      const neighbour = () => from(`2001:db8:1:2::${(n += 1)}`);
      expect(await statuses(5, neighbour)).to.deep.equal([200, 200, 200, 200, 429]);
      expect((await from('2001:db8:1:3::1')).status).to.equal(200);
    });

    for (const trusted of ['0', '1'])
      it(`ignore X-Forwarded-Host and X-Forwarded-Proto (TRUST_PROXY=${trusted})`, async () => {
        await start({ TRUST_PROXY: trusted });
        const headers = {
          'X-Forwarded-Host': 'evil.example',
          'X-Forwarded-Proto': 'gopher',
          Forwarded: 'host=evil.example',
        };
        const created = await service.as('ada').call('POST', OPPORTUNITIES, { headers, body: SMALLEST });
        const problem = await service.anonymous('GET', '/nope', { headers });
        for (const answer of [created, problem])
          expect(JSON.stringify([[...answer.headers], answer.body]))
            .to.not.contain('evil')
            .and.not.contain('gopher');
      });
  });

  describe('a request that is refused', () => {
    beforeEach(() => start());

    const refused = async (headers: string, body: string): Promise<RawConnection> => {
      const ada = service.as('ada');
      await statuses(3, () => ada.post(OPPORTUNITIES, DRAFT));
      const connection = await RawConnection.open(service.url);
      const head = `POST ${OPPORTUNITIES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n${headers}\r\n`;
      return connection.send(head, body);
    };

    it('gets its response before its body has arrived, for every type of body', async () => {
      const connection = await refused('Content-Length: 60000\r\n', '{');
      const { status, headers } = await connection.answer();
      expect([status, headers['connection']]).to.deep.equal([429, 'keep-alive']);
      // The connection can be used again when the rest of the body has arrived.
      const { status: next } = await connection
        .send(' '.repeat(59_999), 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
        .answer();
      expect(next).to.equal(200);
      connection.destroy();
    });

    it('keeps its connection, with a body or without', async () => {
      const body = JSON.stringify(DRAFT);
      const connection = await refused(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`, body);
      expect((await connection.answer()).status).to.equal(429);
      const get = (path: string) => connection.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).answer();
      expect(await statuses(5, () => get('/problems'))).to.deep.equal([200, 200, 200, 200, 429]);
      expect((await get('/health/live')).status).to.equal(200);
      connection.destroy();
    });

    for (const [what, headers] of [
      ['waits with its body for 100', 'Expect: 100-continue\r\nContent-Length: 1000\r\n'],
      ['announces more than any body may have', 'Content-Length: 1000000\r\n'],
      ['does not say how long its body is', 'Transfer-Encoding: chunked\r\n'],
    ] as const)
      it(`loses its connection if it ${what}`, async () => {
        const connection = await refused(headers, '');
        const { status, headers: answered } = await connection.answer();
        expect([status, answered['connection']]).to.deep.equal([429, 'close']);
        connection.destroy();
      });

    it('is logged at info with the name of the limit, but with nothing of the user', async () => {
      const ada = service.as('ada-lovelace');
      await statuses(6, () => ada.get(MINE));
      const lines = logger.lines.filter(({ fields }) => fields['status'] === 429);
      expect(
        lines.map(({ level, message, fields: { durationMs: _, ...fields } }) => ({ level, message, fields })),
      ).to.deep.equal([
        {
          level: 'info',
          message: 'request',
          fields: { method: 'GET', route: 'none', status: 429, violatedPolicy: 'reads' },
        },
      ]);
      for (const secret of [ada.token, 'ada-lovelace', '127.0.0.1'])
        expect(JSON.stringify(lines)).to.not.contain(secret);
    });
  });

  it('still apply while the database is away', async () => {
    await start();
    service.database.away = true;
    const ada = service.as('ada');
    expect(await statuses(6, () => ada.get('/problems'))).to.deep.equal([200, 200, 200, 200, 200, 429]);
  });

  it('can be switched off', async () => {
    await start({ RATE_LIMIT_ENABLED: 'false' });
    expect(new Set(await statuses(10, () => service.anonymous('GET', '/problems')))).to.deep.equal(new Set([200]));
    expect(limitOf(await service.as('ada').get(MINE))).to.deep.equal([null, null]);
  });

  it('can be read by a browser app, and do not count its preflights', async () => {
    const origin = 'https://app.example.org';
    await start({ CORS_ALLOWED_ORIGINS: origin });
    const preflight = () =>
      service.anonymous('OPTIONS', MINE, { headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' } });
    expect(await statuses(6, preflight)).to.deep.equal([204, 204, 204, 204, 204, 204]);
    const ada = service.as('ada');
    const seen = () => ada.call('GET', MINE, { headers: { Origin: origin } });
    await statuses(5, seen);
    const { status, headers } = await seen();
    expect([status, headers.get('Access-Control-Allow-Origin')]).to.deep.equal([429, origin]);
    expect(headers.get('Access-Control-Expose-Headers')!.toLowerCase().split(',')).to.include.members([
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
    ]);
  });

  it('do not count text that is not HTTP', async () => {
    await start();
    for (let n = 0; n < 6; n += 1) expect((await ask(service.url, 'nonsense\r\n\r\n')).status).to.equal(400);
  });
});
