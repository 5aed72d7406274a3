import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { Logger } from '#application/ports/operations/logger';
import { RequestScope } from '#application/ports/operations/request-scope';
import { PinoLogger } from '#infrastructure/system/pino-logger';
import { OWN_HOSTILE_TEXTS, shown } from '../../support/http/hostile-texts.ts';
import {
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask, type RawAnswer } from '../../support/http/raw-http.ts';

/** Texts short enough for a request line. Longer ones would be refused for their length, because all headers may have 16 KiB. */
const TEXTS = OWN_HOSTILE_TEXTS.filter((text) => encodeURIComponent(text.toWellFormed()).length < 12_000);
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
const RAW_BYTES = [
  '%',
  '%0',
  '%zz',
  '%ff',
  '%c0%af',
  '%ed%a0%80',
  '%u0000',
  '%00',
  '%0d%0a',
  '%252e%252e%252f',
  '+',
  '=',
];
const DRAFT = JSON.stringify({ type: 'job', title: 'Some title', status: 'draft' });

describe('hostile texts outside of request bodies', () => {
  let service: InMemoryService;
  let ada: Member;
  let id: string;
  let log: string;

  before(async () => {
    log = '';
    const memory = { write: (line: string) => void (log += line) };
    service = await startInMemoryService(
      { ROLE: 'api', CORS_ALLOWED_ORIGINS: 'https://app.example.org' },
      new ContainerModule(({ rebind }) => {
        rebind(Logger).toResolvedValue(
          (requests: RequestScope) => new PinoLogger('debug', requests, memory),
          [RequestScope],
        );
      }),
    );
    ada = service.as('ada');
    ({ id } = await ada.posts());
  });

  after(() => service.app.stop());

  /** Sends the bytes of the text unchanged. */
  const say = (method: string, target: string, headers: Record<string, string>, body = '') =>
    ask(
      service.url,
      Buffer.from(
        [
          `${method} ${target} HTTP/1.1`,
          'Host: x',
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
          ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
          '',
          body,
        ].join('\r\n'),
      ),
    );
  const authorised = () => ({ Authorization: `Bearer ${ada.token}` });
  const json = { 'Content-Type': 'application/json' };

  function expectOneOf(answer: RawAnswer, statuses: readonly number[], about: string): void {
    expect(answer.status, `${about}: ${answer.body}`).to.be.oneOf(statuses);
    if (answer.status < 400) return;
    expect(answer.headers['content-type'], about).to.equal('application/problem+json');
    expect(JSON.parse(answer.body), about).to.include({ status: answer.status });
  }

  for (const [path, parameter] of [
    ...['q', 'type', 'tag', 'country', 'city', 'status', 'mine', 'ownerId', 'deadlineFrom', 'sort', 'fields'].map(
      (parameter) => [`${OPPORTUNITIES}?`, parameter] as const,
    ),
    [`${OPPORTUNITIES}?mine=true&`, 'limit'],
    [`${OPPORTUNITIES}?mine=true&`, 'cursor'],
    [`${OPPORTUNITIES}/changes?`, 'limit'],
    [`${OPPORTUNITIES}/changes?`, 'since'],
  ] as const)
    it(`as the parameter of ${path}${parameter}= are accepted, or refused with the parameter's name`, async () => {
      for (const value of [...TEXTS.map(encoded), ...RAW_BYTES]) {
        const { status, body } = await ada.get(`${path}${parameter}=${value}`);
        if (status === 200) continue;
        expect([status, body.code], value).to.deep.equal([
          400,
          parameter === 'cursor' ? 'invalid_cursor' : 'invalid_parameter',
        ]);
        expect([...new Set(body.errors.map((error) => error.parameter))], value).to.deep.equal([parameter]);
      }
    });

  it('as the name of a query parameter are refused with that name', async () => {
    for (const name of TEXTS.filter((text) => text !== '')) {
      const { status, body } = await ada.get(`${OPPORTUNITIES}?mine=true&${encoded(name)}=x`);
      expect([status, body.code], shown(name)).to.deep.equal([400, 'invalid_parameter']);
      expect(body.errors.map(({ parameter }) => parameter)).to.deep.equal([name.toWellFormed()]);
    }
  });

  it('as a path segment get 400 or 404', async () => {
    for (const segment of [...TEXTS.map(encoded), ...RAW_BYTES])
      for (const [method, target] of [
        ['GET', `${OPPORTUNITIES}/${segment}`],
        ['POST', `${OPPORTUNITIES}/${segment}/publish`],
        ['POST', `${OPPORTUNITIES}/${id}/${segment}`],
        ['DELETE', `${OPPORTUNITIES}/${id}${segment}x`],
        ['GET', `/problems/${segment}`],
      ] as const)
        expectOneOf(await say(method, target, authorised()), [400, 404], `${method} ${target}`);
  });

  it('as raw bytes of a path get 400 or 404', async () => {
    for (const text of TEXTS)
      expectOneOf(await say('GET', `${OPPORTUNITIES}/${text}x`, authorised()), [400, 404], shown(text));
  });

  it('as informative headers do not change the response', async () => {
    // Each text is in five headers of one request.
    for (const text of TEXTS.filter(({ length }) => length < 2500)) {
      const headers = { 'X-Request-Id': text, traceparent: text, 'If-None-Match': text, Accept: text, Origin: text };
      const answer = await say('GET', `${OPPORTUNITIES}/${id}`, { ...authorised(), ...headers });
      // With NULs and line breaks the request is no HTTP, unless they end the headers and the rest counts as another request.
      const isHttp = !/[\0\r\n]/.test(text) || text.startsWith('\r\n\r\n');
      expectOneOf(answer, isHttp ? [200, 304, 400] : [400], shown(text));
      expect(answer.headers['x-request-id'], shown(text)).to.match(/^[\w.:-]{1,128}$/);
      expect(answer.headers, shown(text)).to.not.have.property('access-control-allow-origin');
    }
  });

  for (const [name, method, target, statuses] of [
    ['Idempotency-Key', 'POST', OPPORTUNITIES, [201, 400]],
    ['If-Match', 'PATCH', '', [200, 400, 412]],
    ['Authorization', 'POST', OPPORTUNITIES, [400, 401]],
    ['Content-Type', 'POST', OPPORTUNITIES, [400, 415]],
    ['Content-Encoding', 'POST', OPPORTUNITIES, [201, 400, 415]],
    ['Accept-Encoding', 'POST', OPPORTUNITIES, [201, 400]],
    ['Expect', 'POST', OPPORTUNITIES, [201, 400, 417]],
  ] as const)
    it(`as ${name} are accepted or refused`, async () => {
      for (const text of [
        ...TEXTS,
        `"${id}"`,
        'W/"1"',
        '"1", "2',
        'Bearer',
        'Bearer a b',
        'gzip',
        'application/xml;',
      ]) {
        const headers = { ...authorised(), ...json, [name]: text };
        const body = method === 'PATCH' ? '{}' : DRAFT;
        const path = target === '' ? `${OPPORTUNITIES}/${id}` : target;
        expectOneOf(await say(method, path, headers, body), statuses, shown(text));
      }
    });

  describe('after all of these requests', () => {
    it('every log entry is one line without control characters for a terminal', () => {
      const lines = log.trimEnd().split('\n');
      expect(lines.length).to.be.above(1000);
      expect(log.replaceAll('\n', '')).to.not.match(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      const levels = new Set(lines.map((line) => (JSON.parse(line) as { level: string }).level));
      expect([...levels]).to.have.members(['info']);
    });

    it('the opportunity is unchanged', () => {
      expect(service.database.opportunities.get(id)?.version).to.equal(1);
    });
  });
});
