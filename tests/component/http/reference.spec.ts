import { expect } from 'chai';
import type { PostedAction } from '#interfaces/http/opportunities/opportunity-schemas';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask } from '../../support/http/raw-http.ts';

type Examples = Record<string, { value: unknown }>;
type Operation = {
  operationId: string;
  requestBody?: { content: Record<string, { examples: Examples }> };
  responses: Record<string, { content?: Record<string, { examples: Examples }> }>;
};

describe('the reference', () => {
  let service: InMemoryService;

  before(async () => {
    service = await startInMemoryService();
  });

  after(() => service.app.stop());

  const get = (path: string, headers = '') =>
    ask(service.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);

  it('is served as OpenAPI, which caches must revalidate each time', async () => {
    const { status, headers, body } = await get('/openapi.json');
    expect([status, headers['content-type']]).to.deep.equal([200, 'application/json; charset=utf-8']);
    expect(headers['cache-control']).to.equal('public, no-cache');
    expect(JSON.parse(body)).to.deep.equal(JSON.parse(JSON.stringify(openApiDocument())));
    const again = await get('/openapi.json', `If-None-Match: ${headers['etag']!}\r\n`);
    expect([again.status, again.body]).to.deep.equal([304, '']);
  });

  it('is served as a page that loads nothing from other servers', async () => {
    const { status, headers, body } = await get('/docs');
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
    const links = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(links).to.have.length.greaterThan(3);
    for (const path of links) {
      expect(path).to.match(/^\/(docs\/|openapi\.json$)/);
      expect((await get(path)).status, path).to.equal(200);
    }
  });

  it('has the right media types, and lets caches reuse its static files for a day', async () => {
    for (const [file, type] of [
      ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
      ['swagger-ui.css', 'text/css; charset=utf-8'],
      ['favicon-32x32.png', 'image/png'],
    ]) {
      const { headers } = await get(`/docs/${file!}`);
      expect([headers['content-type'], headers['cache-control']], file).to.deep.equal([type, 'public, max-age=86400']);
    }
  });

  it('allows one script and one style of its own by their hashes, and loosens no other policy', async () => {
    const { headers, body } = await get('/docs');
    const only = async (tag: string) => {
      const [text, ...others] = [...body.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
        ([, inner]) => inner!,
      );
      expect(others).to.deep.equal([]);
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
      return `'sha256-${Buffer.from(digest).toString('base64')}'`;
    };
    const policy = headers['content-security-policy']!.split('; ');
    expect(policy).to.include.members([
      "default-src 'none'",
      `script-src 'self' ${await only('script')}`,
      `style-src 'self' ${await only('style')}`,
      "connect-src 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(policy.join(' ')).not.to.match(/unsafe|\*|https?:/);
    expect(body).not.to.match(/style="|onload=|onclick=/);
    for (const path of ['/openapi.json', '/docs/swagger-ui.css', '/problems'])
      expect((await get(path)).headers['content-security-policy'], path).to.equal(
        "default-src 'none'; frame-ancestors 'none'",
      );
  });

  it('serves no other file of the package', async () => {
    for (const path of ['index.html', 'swagger-ui.js', 'package.json', '../package.json', '%2e%2e/package.json', ''])
      expect((await get(`/docs/${path}`)).status, path).to.equal(404);
  });

  it('is not served by a relay', async () => {
    const relay = await startInMemoryService({ ROLE: 'relay' });
    try {
      for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css'])
        expect((await relay.anonymous('GET', path)).status, path).to.equal(404);
    } finally {
      await relay.app.stop();
    }
  });

  describe('in its examples', () => {
    const paths = openApiDocument().paths as unknown as Record<string, Record<string, Operation>>;
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
    );
    const requested = ({ requestBody }: Operation) =>
      Object.entries(requestBody?.content ?? {}).flatMap(([type, { examples }]) =>
        Object.entries(examples).map(([name, { value }]) => ({ type, name, value })),
      );
    /** Actions that a new opportunity needs before an operation is possible. */
    const FIRST: Record<PostedAction, readonly [action: PostedAction, body?: unknown][]> = {
      publish: [],
      close: [],
      reopen: [['close', { reason: 'filled' }]],
      remove: [],
      restore: [['remove', { reason: 'x' }]],
    };
    const firstFor = (operationId: string) =>
      Object.entries(FIRST).find(([action]) => operationId === `${action}Opportunity`)?.[1] ?? [];
    /** Values that differ in each run. */
    const { id: _id, ...CHANGING } = { id: 0, ownerId: 0, createdAt: 0, updatedAt: 0, publishedAt: 0, closedAt: 0 };

    for (const operation of operations.filter(({ requestBody }) => requestBody))
      for (const { type, name, value } of requested(operation))
        it(`${operation.operationId} takes ${name} (${type}), and answers as it says`, async () => {
          const boss = service.as('boss', 'admin');
          const posted = operations.find(({ operationId }) => operationId === 'createOpportunity')!;
          const [published] = requested(posted);
          const status = operation.operationId === 'publishOpportunity' ? { status: 'draft' } : {};
          const { id } = await boss.posts({ ...(published!.value as object), ...status });
          for (const [action, body] of firstFor(operation.operationId))
            expect((await boss.post(`${OPPORTUNITIES}/${id}/${action}`, body)).status).to.equal(200);

          const answer = await boss.call(
            operation.method,
            operation.path.replace('{id}', id).replace('{userId}', '42'),
            {
              headers: { 'Content-Type': type },
              body: value,
            },
          );
          const [[promised, { content }]] = Object.entries(operation.responses) as [
            [string, (typeof operation.responses)[string]],
          ];
          expect(answer.status, JSON.stringify(answer.body)).to.equal(Number(promised));
          if (['draft', 'now'].includes(name)) return;
          const [{ value: example }] = Object.values(content!['application/json']!.examples) as [{ value: object }];
          const same = ([field]: [string, unknown]) => field !== 'id' && !(field in CHANGING);
          expect(Object.fromEntries(Object.entries(answer.body).filter(same))).to.deep.equal(
            Object.fromEntries(Object.entries(example).filter(same)),
          );
        });

    it('the pages of problems are as described', async () => {
      for (const { path, responses } of operations.filter(({ operationId }) => operationId === 'getProblem')) {
        const { value } = responses['200']!.content!['application/json']!.examples['forbidden']!;
        expect((await service.anonymous('GET', path.replace('{code}', 'forbidden'))).body).to.deep.equal(value);
      }
    });
  });
});
