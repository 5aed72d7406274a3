import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { Logger } from '#application/ports/operations/logger';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { RequestScope } from '#application/ports/operations/request-scope';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { PinoLogger } from '#infrastructure/system/pino-logger';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask } from '../../support/http/raw-http.ts';

type Line = Record<string, unknown>;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** A secret that a careless driver could put into the message of an error. */
const SECRET = 'password=hunter2';

describe('the log lines of a request', () => {
  let service: InMemoryService;
  let written: string;

  /** Binds the production logger with memory as its destination, and a storage that fails with an unexpected error. */
  const overrides = new ContainerModule(({ rebind }) => {
    const memory = { write: (line: string) => void (written += line) };
    rebind(Logger).toResolvedValue(
      (requests: RequestScope) => new PinoLogger('debug', requests, memory),
      [RequestScope],
    );
    rebind(UnitOfWork).toConstantValue({ run: () => Promise.reject(new Error(`cannot connect with ${SECRET}`)) });
  });

  const lines = (): Line[] =>
    written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const requestLine = () => lines().find(({ msg }) => msg === 'request') ?? {};

  before(async () => {
    written = '';
    service = await startInMemoryService({ ROLE: 'api' }, overrides);
  });

  beforeEach(() => {
    written = '';
  });

  after(() => service.app.stop());

  const live = (headers: Record<string, string>) => service.anonymous('GET', '/health/live', { headers });

  describe('the request id', () => {
    for (const id of ['a', 'Abc_1.2:3-4', '01900000-0000-7000-8000-000000000001', 'x'.repeat(128)])
      it(`is the client's if it is valid: ${id}`, async () => {
        const { headers } = await live({ 'X-Request-Id': id });
        expect([headers.get('X-Request-Id'), requestLine()['requestId']]).to.deep.equal([id, id]);
      });

    for (const id of [
      '',
      'x'.repeat(129),
      'a b',
      'a\tb',
      'a,b',
      'é',
      'ünï',
      '日本',
      '<script>',
      '"',
      '%0a',
      '\x80',
      'a\\n',
    ])
      it(`is a new one if the client's is ${JSON.stringify(id.slice(0, 40))}`, async () => {
        const answer = await ask(
          service.url,
          Buffer.from(`GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\n\r\n`),
        );
        expect(answer.status).to.equal(200);
        expect(answer.headers['x-request-id']).to.match(UUID_V7);
        expect(requestLine()['requestId']).to.equal(answer.headers['x-request-id']);
      });

    it('is a new one if the client sends two', async () => {
      const twice = 'X-Request-Id: one\r\nX-Request-Id: two\r\n';
      const { headers } = await ask(service.url, `GET /health/live HTTP/1.1\r\nHost: x\r\n${twice}\r\n`);
      expect(headers['x-request-id']).to.match(UUID_V7);
    });

    it('is in every line of its request, even while other requests run', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
      const ada = service.as('ada');
      await Promise.all(
        ids.map((id) =>
          ada.call('POST', OPPORTUNITIES, {
            headers: { 'X-Request-Id': id },
            body: { type: 'job', title: id, status: 'draft' },
          }),
        ),
      );
      for (const id of ids) {
        const messages = lines().filter(({ requestId }) => requestId === id);
        expect(messages.map(({ msg }) => msg)).to.have.members(['a request failed unexpectedly', 'request']);
      }
      expect(lines()).to.have.length(2 * ids.length);
    });

    it('is the instance of a problem', async () => {
      const { body } = await service.anonymous('GET', '/nope', { headers: { 'X-Request-Id': 'mine' } });
      expect(body.instance).to.equal('urn:request:mine');
    });
  });

  describe('the trace', () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const parentId = '00f067aa0ba902b7';
    const traceOf = async (traceparent: string) => {
      await live({ traceparent });
      const [, trace, span, flags] = TRACEPARENT.exec(String(requestLine()['traceparent'])) ?? [];
      return { trace, span, flags };
    };

    for (const flags of ['01', '00'])
      it(`of the client continues in a new span (flags ${flags})`, async () => {
        const { span, ...rest } = await traceOf(`00-${traceId}-${parentId}-${flags}`);
        expect(rest).to.deep.equal({ trace: traceId, flags });
        expect(span)
          .to.match(/^(?!0{16})[0-9a-f]{16}$/)
          .and.not.equal(parentId);
      });

    for (const malformed of [
      '',
      'nonsense',
      `00-${traceId}-${parentId}`,
      `00-${traceId.toUpperCase()}-${parentId}-01`,
      `00-${'0'.repeat(32)}-${parentId}-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `ff-${traceId}-${parentId}-01`,
      `00-${traceId}-${parentId}-01-more`,
    ])
      it(`begins anew after "${malformed}", and is not sampled`, async () => {
        const { trace, flags } = await traceOf(malformed);
        expect(trace)
          .to.match(/^(?!0{32})[0-9a-f]{32}$/)
          .and.not.equal(traceId);
        expect(flags).to.equal('00');
      });
  });

  describe('the line of a request', () => {
    for (const [method, path, route, status] of [
      ['GET', `${OPPORTUNITIES}/secret-id-1234?email=ada@example.org`, `${OPPORTUNITIES}/:id`, 404],
      ['GET', `${OPPORTUNITIES}?mine=true&q=ada@example.org`, OPPORTUNITIES, 200],
      ['POST', `${OPPORTUNITIES}/secret-id-1234/publish`, `${OPPORTUNITIES}/:id/publish`, 404],
      ['GET', '/health/live?q=ada@example.org', '/health/live', 200],
      ['GET', '/secret-id-1234/ada@example.org', 'none', 404],
      ['PUT', `${OPPORTUNITIES}/secret-id-1234`, 'none', 405],
    ] as const)
      it(`of ${method} ${path} names the route ${route}, never the path or the query`, async () => {
        await service.as('ada').call(method, path);
        const { time, requestId, traceparent, durationMs, ...rest } = requestLine();
        // Probes come every few seconds, so their lines are only for debugging.
        const level = route.startsWith('/health') ? 'debug' : 'info';
        expect(rest).to.deep.equal({ level, msg: 'request', method, route, status });
        expect(new Date(String(time)).getTime()).to.be.closeTo(Date.now(), 5000);
        expect([requestId, traceparent]).to.satisfy((texts: unknown[]) =>
          texts.every((text) => typeof text === 'string'),
        );
        expect(durationMs).to.be.a('number').within(0, 5000);
        expect(written).to.not.contain('secret-id-1234').and.not.contain('ada@example.org');
      });
  });

  describe('an unexpected failure', () => {
    const fail = () =>
      service.as('ada').call('POST', OPPORTUNITIES, {
        headers: { 'X-Request-Id': 'the-one' },
        body: { type: 'job', title: 'Some job', status: 'draft' },
      });

    it('is a 500 that shows nothing of the error', async () => {
      const { status, headers, body } = await fail();
      expect(status).to.equal(500);
      expect(headers.get('X-Request-Id')).to.equal('the-one');
      expect(body).to.deep.equal({
        type: '/problems/internal_error',
        title: 'Internal error',
        status: 500,
        detail: 'The service failed unexpectedly. Report the request id.',
        instance: 'urn:request:the-one',
        code: 'internal_error',
      });
    });

    it('is logged with its message, its stack and the request id', async () => {
      await fail();
      const [error, request] = lines() as [Line & { err: { message: string; stack: string } }, Line];
      expect(error).to.include({ level: 'error', requestId: 'the-one', msg: 'a request failed unexpectedly' });
      expect(error.err.message).to.contain(SECRET);
      expect(error.err.stack).to.contain('logs.spec.ts');
      expect(request).to.include({ level: 'error', msg: 'request', requestId: 'the-one', status: 500 });
    });

    it('is treated in the same way when reading', async () => {
      const failing = new ContainerModule(({ rebind }) => {
        const fails = () => Promise.reject(new TypeError(SECRET));
        rebind(OpportunityCatalogue).toConstantValue({ find: fails, list: fails });
      });
      const other = await startInMemoryService({}, failing);
      try {
        const { status, body } = await other.as('ada').get(`${OPPORTUNITIES}?mine=true`);
        expect([status, body.code]).to.deep.equal([500, 'internal_error']);
        expect(JSON.stringify(body)).to.not.contain(SECRET);
      } finally {
        await other.app.stop();
      }
    });
  });

  describe('secrets', () => {
    for (const name of [
      'authorization',
      'cookie',
      'set-cookie',
      'email',
      'applyEmail',
      'token',
      'password',
      'secret',
      'claims',
    ])
      it(`under the name ${name} are not printed`, () => {
        service.app.container
          .get(Logger)
          .info({ [name]: 'hunter2', nested: { [name]: { role: 'hunter2' } }, kept: 1 }, 'x');
        expect(written).to.not.contain('hunter2');
        expect(lines()[0]).to.include({ [name]: '[redacted]', kept: 1 });
      });

    it('in the headers of a request are not printed', async () => {
      await service.anonymous('GET', '/nope', {
        headers: { Authorization: 'Bearer hunter2', Cookie: 'session=hunter2' },
      });
      expect(requestLine()).to.include({ status: 404 });
      expect(written).to.not.contain('hunter2');
    });
  });
});
