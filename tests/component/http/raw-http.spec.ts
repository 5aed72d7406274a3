import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { eventually } from '../../support/system/eventually.ts';
import {
  type Body,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask, type RawAnswer, RawConnection } from '../../support/http/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';

const HOST = 'Host: opportunities.example\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const BODY = JSON.stringify(SMALLEST);
const MINE = `${OPPORTUNITIES}?mine=true`;

/** Expects a complete problem, whatever part of the service wrote it. */
function expectProblem({ status, headers, body }: RawAnswer, wantedStatus: number, code: string): Body {
  const problem = JSON.parse(body) as Body;
  expect([status, problem.code, problem.detail]).to.deep.equal([wantedStatus, code, problem.detail]);
  expect(headers['content-type']).to.equal('application/problem+json');
  expect(problem).to.include({
    status,
    type: `/problems/${code}`,
    instance: `urn:request:${headers['x-request-id']!}`,
  });
  expect(problem.title).to.be.a('string').that.is.not.empty;
  expect(problem.detail).to.be.a('string').that.is.not.empty;
  return problem;
}

describe('HTTP, byte by byte', () => {
  const logger = new RecordingLogger();
  let service: InMemoryService;
  let ada: Member;
  let authorization: string;
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown) => unhandled.push(error);

  before(async () => {
    service = await startInMemoryService({}, recordingLogger(logger));
    ada = service.as('ada');
    authorization = `Authorization: Bearer ${ada.token}\r\n`;
    process.on('unhandledRejection', noteUnhandled);
  });

  after(async () => {
    await service.app.stop();
    process.off('unhandledRejection', noteUnhandled);
    expect(unhandled).to.deep.equal([]);
    expect(logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\n${HOST}${authorization}${headers}\r\n`;

  /** Returns an authorised POST with the right Content-Length. */
  const post = (headers: string, body: string | Buffer): [string, Buffer] => {
    const bytes = Buffer.from(body);
    const head = `POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}${headers}`;
    return [`${head}Content-Length: ${bytes.length}\r\n\r\n`, bytes];
  };

  const chunked = (headers: string, ...chunks: string[]): string =>
    `POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}${headers}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}`;

  const requestLines = () => logger.lines.filter(({ message }) => message === 'request');

  describe('the body', () => {
    const gzip = `${JSON_TYPE}Content-Encoding: gzip\r\n`;
    for (const [what, headers, body, status, code] of [
      ['that says gzip and is none', gzip, BODY, 400, 'malformed_body'],
      ['that is gzip cut off', gzip, gzipSync(BODY).subarray(0, -12), 400, 'malformed_body'],
      ['that is a gzip bomb', gzip, gzipSync(Buffer.alloc(50_000_000, ' ')), 413, 'body_too_large'],
      ['in an unknown encoding', `${JSON_TYPE}Content-Encoding: zstd\r\n`, BODY, 415, 'unsupported_media_type'],
      ['encoded twice', `${JSON_TYPE}Content-Encoding: gzip, gzip\r\n`, BODY, 415, 'unsupported_media_type'],
      ['that is empty', JSON_TYPE, '', 400, 'malformed_body'],
      ['that is blank', JSON_TYPE, ' \r\n', 400, 'malformed_body'],
      ['that is no JSON', JSON_TYPE, "{'title': 1}", 400, 'malformed_body'],
      ['that is JSON cut off', JSON_TYPE, BODY.slice(0, -1), 400, 'malformed_body'],
      ['with something after the JSON', JSON_TYPE, `${BODY}}`, 400, 'malformed_body'],
      ['that says NaN', JSON_TYPE, '{"openings":NaN}', 400, 'malformed_body'],
      ['with a byte order mark', JSON_TYPE, `\ufeff${BODY}`, 400, 'malformed_body'],
      ['in invalid UTF-8', JSON_TYPE, Buffer.from('{"title":"\xff\xfe"}', 'latin1'), 400, 'malformed_body'],
      ['in overlong UTF-8', JSON_TYPE, Buffer.from('{"title":"\xc0\xaf"}', 'latin1'), 400, 'malformed_body'],
      [
        'with a surrogate in UTF-8',
        JSON_TYPE,
        Buffer.from('{"title":"\xed\xa0\x80"}', 'latin1'),
        400,
        'malformed_body',
      ],
      ['in UTF-16', JSON_TYPE, Buffer.from(BODY, 'utf16le'), 400, 'malformed_body'],
      ['of one byte too many', JSON_TYPE, BODY.padEnd(65_537), 413, 'body_too_large'],
    ] as const)
      it(`${what} is refused with ${status} ${code}`, async () => {
        expectProblem(await ask(service.url, ...post(headers, body)), status, code);
      });

    for (const [what, body, status] of [
      ['of 65,536 brackets', '['.repeat(65_536), 400],
      ['of 32,768 lists in each other', '['.repeat(32_768) + ']'.repeat(32_768), 422],
      ['of 10,000 objects in each other', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 422],
      ['with 30,000 lists in a field', `{"tags":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 422],
      ['with 7000 objects in a field', `{"location":${'{"city":'.repeat(7000)}1${'}'.repeat(7000)}}`, 422],
    ] as const)
      it(`${what} is refused with ${status} by every method`, async () => {
        const { id } = await ada.posts();
        for (const [method, path] of [
          ['POST', ''],
          ['PATCH', `/${id}`],
          ['POST', `/${id}/close`],
          ['POST', `/${id}/publish`],
        ] as const)
          expect((await ada.call(method, OPPORTUNITIES + path, { body })).status, method + path).to.equal(status);
      });

    it('is accepted in several pieces, compressed, and up to 64 KiB', async () => {
      const pieces = `1\r\n{\r\n${(BODY.length - 1).toString(16)}\r\n${BODY.slice(1)}\r\n0\r\n\r\n`;
      for (const parts of [
        [chunked(JSON_TYPE, pieces)],
        post(gzip, gzipSync(BODY)),
        post(JSON_TYPE, BODY.padEnd(65_536)),
      ])
        expect((await ask(service.url, ...parts)).status).to.equal(201);
    });

    it('is required', async () => {
      const nothing = `POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}\r\n`;
      expectProblem(await ask(service.url, nothing), 400, 'malformed_body');
      expectProblem(await ask(service.url, chunked(JSON_TYPE, '0\r\n\r\n')), 400, 'malformed_body');
    });

    it('may repeat a member, of which the last one counts', async () => {
      const { status, body } = await ask(service.url, ...post(JSON_TYPE, BODY.replace('{', '{"title":"First title",')));
      expect([status, (JSON.parse(body) as Body).title]).to.deep.equal([201, SMALLEST.title]);
    });

    it('is refused when it is too large, however it is sent, and the connection ends', async () => {
      const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
      const announced = `POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}${JSON_TYPE}Content-Length: 5000000\r\n\r\n`;
      for (const parts of [post(JSON_TYPE, BODY.padEnd(5_000_000)), [announced], [chunked(JSON_TYPE, chunk, chunk)]]) {
        const answer = await ask(service.url, ...parts);
        expectProblem(answer, 413, 'body_too_large');
        expect(answer.headers['connection']).to.equal('close');
      }
    });
  });

  describe('the Content-Type', () => {
    for (const type of [
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'Application/JSON; Charset="Utf-8"',
      'application/json; profile=x',
    ])
      it(`${type} is accepted`, async () => {
        expect((await ask(service.url, ...post(`Content-Type: ${type}\r\n`, BODY))).status).to.equal(201);
      });

    for (const type of [
      undefined,
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/vnd.x+json',
      'application/merge-patch+json',
      'text/json',
      'application/json, text/plain',
      'nonsense',
      'application/json; charset=utf-16',
      'application/json; charset=iso-8859-1',
      'application/json; charset=bogus',
    ])
      it(`${type ?? 'none'} is refused, and Accept-Post lists the accepted types`, async () => {
        const answer = await ask(service.url, ...post(type === undefined ? '' : `Content-Type: ${type}\r\n`, BODY));
        expectProblem(answer, 415, 'unsupported_media_type');
        expect(answer.headers['accept-post']).to.equal('application/json');
      });
  });

  describe('the path', () => {
    for (const target of [
      '/',
      '/nope',
      '/api/v1',
      '/api/v2/opportunities',
      '//opportunities.example/api/v1/opportunities',
      '/api/v1/x/../opportunities?mine=true',
      `${OPPORTUNITIES}/?mine=true`,
      `${OPPORTUNITIES.toUpperCase()}?mine=true`,
      '/health/live/',
      '/Health/live',
      `${OPPORTUNITIES}/%00`,
      `${OPPORTUNITIES}/%E0%A4%A`,
      `${OPPORTUNITIES}/%`,
      '/%E0%A4%A',
      `${OPPORTUNITIES}/%2e%2e`,
      `${OPPORTUNITIES}/01900000-0000-7000-8000-000000000001%0A`,
      `${OPPORTUNITIES}/01900000-0000-7000-8000-000000000001/`,
      `${OPPORTUNITIES}/01900000-0000-7000-8000-000000000001/nope`,
      '*',
    ])
      it(`${target} is 404`, async () => {
        expectProblem(await ask(service.url, get(target)), 404, 'not_found');
      });

    it('may be part of an absolute URL', async () => {
      expect((await ask(service.url, get(`http://opportunities.example${MINE}`))).status).to.equal(200);
    });

    for (const target of ['http://[::1', 'http://a:99999999/', 'http://%00/', 'opportunities.example:443'])
      it(`${target} is no request target`, async () => {
        expectProblem(await ask(service.url, get(target)), 400, 'bad_request');
      });
  });

  describe('the query', () => {
    it('may have names that every object inherits, and the error names each', async () => {
      const answer = await ask(service.url, get(`${MINE}&constructor=2&__proto__=1`));
      const { errors } = expectProblem(answer, 400, 'invalid_parameter');
      expect(errors.map(({ parameter }) => parameter)).to.deep.equal(['constructor', '__proto__']);
    });

    it('may have very many parameters, or a very long one, and gets a 400', async () => {
      for (const query of [
        '&x=1'.repeat(3500),
        '&mine=true'.repeat(1400),
        `&${'x'.repeat(15_000)}=1`,
        '&'.repeat(15_000) + 'x=1',
      ])
        expectProblem(await ask(service.url, get(MINE + query)), 400, 'invalid_parameter');
    });

    it('may be malformed', async () => {
      expectProblem(await ask(service.url, get(`${MINE}&%E0%A4%A=%`)), 400, 'invalid_parameter');
      expect((await ask(service.url, get(`${MINE}&&`))).status).to.equal(200);
    });
  });

  describe('the method', () => {
    const id = '01900000-0000-7000-8000-000000000001';
    const sent = (method: string, path: string) => ask(service.url, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`);
    const allowed = ({ headers }: RawAnswer) => headers['allow']?.split(', ').sort();
    for (const [path, wrong, ...right] of [
      [OPPORTUNITIES, ['PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'], 'GET', 'HEAD', 'POST'],
      [`${OPPORTUNITIES}/changes`, ['PUT', 'POST', 'PATCH', 'DELETE', 'TRACE', 'QUERY'], 'GET', 'HEAD'],
      [`${OPPORTUNITIES}/${id}`, ['PUT', 'POST'], 'DELETE', 'GET', 'HEAD', 'PATCH'],
      [`${OPPORTUNITIES}/${id}/publish`, ['GET', 'HEAD', 'PUT'], 'POST'],
      [`${OPPORTUNITIES}/${id}/close`, ['GET', 'DELETE'], 'POST'],
      ['/health/live', ['POST', 'DELETE'], 'GET', 'HEAD'],
      ['/health/ready', ['POST'], 'GET', 'HEAD'],
    ] as const) {
      it(`${wrong.join(', ')} ${path} is 405, and Allow names ${right.join(', ')}`, async () => {
        for (const method of wrong) {
          const answer = method === 'HEAD' ? await head(path) : await sent(method, path);
          expect(answer.status, method).to.equal(405);
          expect(allowed(answer), method).to.deep.equal(right);
          if (method !== 'HEAD') expectProblem(answer, 405, 'method_not_allowed');
        }
      });

      it(`OPTIONS ${path} is 204 with Allow`, async () => {
        const answer = await sent('OPTIONS', path);
        expect([answer.status, answer.body, allowed(answer)]).to.deep.equal([204, '', right]);
      });
    }

    it('OPTIONS of an unknown path is 404', async () => {
      expectProblem(await sent('OPTIONS', '/nope'), 404, 'not_found');
    });

    for (const method of ['PROPFIND', 'LOCK', 'FOO', 'get', 'CONNECT'])
      it(`${method} is 501`, async () => {
        expectProblem(
          await sent(method, method === 'CONNECT' ? 'a.example:443' : OPPORTUNITIES),
          501,
          'not_implemented',
        );
      });

    const head = async (path: string): Promise<RawAnswer> => {
      const connection = await RawConnection.open(service.url);
      connection.send(`HEAD ${path} HTTP/1.1\r\n${HOST}${authorization}Connection: close\r\n\r\n`);
      const [top = '', body = ''] = (await connection.rest()).split('\r\n\r\n');
      connection.destroy();
      const [line = '', ...lines] = top.split('\r\n');
      const headers = Object.fromEntries(
        lines.map((text) => [text.split(': ')[0]!.toLowerCase(), text.split(': ')[1]!]),
      );
      return { status: Number(line.split(' ')[1]), headers, body };
    };

    it('HEAD returns the headers of GET and no body', async () => {
      const { id: known } = await ada.posts();
      for (const path of [MINE, `${OPPORTUNITIES}/${known}`, `${OPPORTUNITIES}/nope`, '/health/live']) {
        const answers = [
          await head(path),
          await ask(service.url, get(path, 'X-Request-Id: same\r\nConnection: close\r\n')),
        ];
        const [left, right] = answers.map(({ status, headers }) => ({
          status,
          headers: {
            ...headers,
            date: '',
            ratelimit: headers['ratelimit']?.replace(/r=\d+/, ''),
            'x-request-id': '',
            'content-length': Number(headers['content-length']) > 0,
          },
        }));
        expect(left, path).to.deep.equal(right);
        expect(answers[0]!.body, path).to.equal('');
      }
    });
  });

  describe('Expect: 100-continue', () => {
    const EXPECT = 'Expect: 100-continue\r\n';
    const waiting = async (version: string, headers: string) => {
      const connection = await RawConnection.open(service.url);
      return connection.send(`POST ${OPPORTUNITIES} HTTP/${version}\r\n${HOST}${headers}${EXPECT}\r\n`);
    };

    for (const [what, headers, status, code] of [
      ['without a token', `${JSON_TYPE}Content-Length: 60000\r\n`, 401, 'token_missing'],
      ['with a body of the wrong type', 'Content-Length: 9\r\n', 415, 'unsupported_media_type'],
    ] as const)
      it(`${what}, the body is not invited: ${status} comes first, and the connection ends`, async () => {
        const connection = await waiting('1.1', headers + (status === 401 ? '' : authorization));
        const answer = await connection.answer();
        expectProblem(answer, status, code);
        expect(answer.headers['connection']).to.equal('close');
        connection.destroy();
      });

    it('with a token, 100 comes, then 201', async () => {
      const connection = await waiting('1.1', `${authorization}${JSON_TYPE}Content-Length: ${BODY.length}\r\n`);
      expect((await connection.answer()).status).to.equal(100);
      expect((await connection.send(BODY).answer()).status).to.equal(201);
      connection.destroy();
    });

    it('has no effect in HTTP/1.0, which has no 100', async () => {
      const connection = await waiting('1.0', `${authorization}${JSON_TYPE}Content-Length: ${BODY.length}\r\n`);
      expect((await connection.send(BODY).answer()).status).to.equal(201);
      connection.destroy();
    });

    for (const other of ['magic', '100-continue, magic', '100-continues'])
      it(`but ${other} is 417`, async () => {
        expectProblem(await ask(service.url, get(MINE, `Expect: ${other}\r\n`)), 417, 'expectation_failed');
      });
  });

  describe('bytes that are not a request', () => {
    const POST = `POST ${OPPORTUNITIES} HTTP/1.1\r\n`;
    const LIVE = 'GET /health/live HTTP/1.1\r\n';
    for (const [what, bytes, status, code] of [
      ['nonsense', 'nonsense\r\n\r\n', 400, 'bad_request'],
      ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad_request'],
      ['a request of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad_request'],
      ['a version that does not exist', `GET / HTTP/9.9\r\n${HOST}\r\n`, 400, 'bad_request'],
      ['a blank in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad_request'],
      ['a blank before the colon', `${LIVE}${HOST}X : 1\r\n\r\n`, 400, 'bad_request'],
      ['a folded header', `${LIVE}${HOST}X: 1\r\n 2\r\n\r\n`, 400, 'bad_request'],
      ['a NUL in a header', `${LIVE}${HOST}X: a\0b\r\n\r\n`, 400, 'bad_request'],
      ['lines that end with LF only', 'GET /health/live HTTP/1.1\nHost: x\n\n', 400, 'bad_request'],
      [
        'length and chunks',
        `${POST}${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        400,
        'bad_request',
      ],
      ['two lengths', `${POST}${HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400, 'bad_request'],
      ['a negative length', `${POST}${HOST}Content-Length: -3\r\n\r\n`, 400, 'bad_request'],
      ['an endless length', `${POST}${HOST}Content-Length: 99999999999999999999\r\n\r\n`, 400, 'bad_request'],
      ['a length in words', `${POST}${HOST}Content-Length: three\r\n\r\n`, 400, 'bad_request'],
      ['chunks that are not last', `${POST}${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n`, 400, 'bad_request'],
      ['headers of 20 KB', `${LIVE}${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
      ['a target of 20 KB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'headers_too_large'],
      ['thousands of headers', `${LIVE}${HOST}${'X: 1\r\n'.repeat(4000)}\r\n`, 431, 'headers_too_large'],
    ] as const)
      it(`${what} is ${status}, and the connection ends`, async () => {
        const connection = await RawConnection.open(service.url);
        const answer = await connection.send(bytes).answer();
        expectProblem(answer, status, code);
        expect(answer.headers['connection']).to.equal('close');
        await connection.closed;
        connection.destroy();
      });

    it('a chunk without a size is 400, although the headers were valid', async () => {
      expectProblem(await ask(service.url, chunked(JSON_TYPE, 'zz\r\n')), 400, 'bad_request');
    });

    it('malformed bytes after a valid request do not affect its response', async () => {
      const connection = await RawConnection.open(service.url);
      connection.send(...post(JSON_TYPE, BODY), 'nonsense\r\n\r\n');
      const answer = await connection.answer();
      expect([answer.status, answer.headers['connection']]).to.deep.equal([201, 'close']);
      expect(await connection.rest()).to.equal('');
      connection.destroy();
    });
  });

  describe('headers that must occur exactly once', () => {
    for (const [what, request] of [
      ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
      ['two Hosts', `GET /health/live HTTP/1.1\r\n${HOST}Host: other.example\r\n\r\n`],
    ] as const)
      it(`${what} is 400`, async () => {
        expectProblem(await ask(service.url, request), 400, 'bad_request');
      });

    it('HTTP/1.0 needs no Host', async () => {
      const answer = await ask(service.url, 'GET /health/live HTTP/1.0\r\n\r\n');
      expect([answer.status, answer.headers['connection']]).to.deep.equal([200, 'close']);
    });

    it('two Authorization headers are 400, even if they are equal', async () => {
      expectProblem(await ask(service.url, get(MINE, authorization)), 400, 'bad_request');
    });
  });

  describe('the connection', () => {
    it('stays open after a refusal if the whole request was read', async () => {
      const connection = await RawConnection.open(service.url);
      for (const [request, status] of [
        [[get('/nope')], 404],
        [post(JSON_TYPE, '{}'), 422],
        [[`GET ${MINE} HTTP/1.1\r\n${HOST}\r\n`], 401],
        [[get(MINE)], 200],
      ] as const)
        expect((await connection.send(...request).answer()).status).to.equal(status);
      connection.destroy();
    });

    it('gets the responses to pipelined requests in their order', async () => {
      const connection = await RawConnection.open(service.url);
      connection.send(get('/nope'), ...post(JSON_TYPE, BODY), get('/health/live'), ...post(JSON_TYPE, '{}'), get(MINE));
      const statuses: number[] = [];
      for (let n = 0; n < 5; n += 1) statuses.push((await connection.answer()).status);
      expect(statuses).to.deep.equal([404, 201, 200, 422, 200]);
      connection.destroy();
    });

    it('delivers the response even to a client that keeps sending', async () => {
      const head = `POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 20000000\r\n\r\n`;
      const answer = await ask(service.url, head, Buffer.alloc(20_000_000));
      expectProblem(answer, 401, 'token_missing');
      expect(answer.headers['connection']).to.equal('close');
    });

    it('may be reset at any time without ending the service', async () => {
      for (const begun of [
        [''],
        ['CONNECT a.example:443 HTTP/1.1\r\n\r\n'],
        ['nonsense\r\n\r\n'],
        [get(MINE)],
        post(JSON_TYPE, BODY),
      ])
        for (const pause of [0, 1, 5]) {
          const connection = await RawConnection.open(service.url);
          connection.send(...begun);
          await new Promise((resolve) => setTimeout(resolve, pause));
          connection.reset();
        }
      expect((await ada.get(MINE)).status).to.equal(200);
    });

    for (const [what, headers, begun] of [
      ['plain body', 'Content-Length: 100\r\n', '{"title":'],
      ['body before its first byte', 'Content-Length: 100\r\n', ''],
      ['body in chunks', 'Transfer-Encoding: chunked\r\n', '64\r\n{"ti'],
      ['gzip body', 'Content-Encoding: gzip\r\nContent-Length: 100\r\n', gzipSync(BODY).subarray(0, 15)],
    ] as const)
      it(`may break in the middle of a ${what}: the request ends, and is logged`, async () => {
        const before = requestLines().length;
        const connection = await RawConnection.open(service.url);
        connection.send(`POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}${JSON_TYPE}${headers}\r\n`, begun);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(requestLines(), 'it is under way').to.have.length(before);
        connection.destroy();
        const { fields } = await eventually(() => requestLines()[before]);
        expect(fields).to.include({ method: 'POST', route: OPPORTUNITIES, status: 400 });
      });
  });
});
