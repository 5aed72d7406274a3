import { expect } from 'chai';
import { PROBLEMS } from '#interfaces/http/problems/problem-codes';
import { problemHtml } from '#interfaces/http/reference/problem-page';
import { filesIn, read } from '../../architecture/source-tree.ts';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask } from '../../support/http/raw-http.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the pages of problems', () => {
  let service: InMemoryService;

  before(async () => {
    service = await startInMemoryService();
  });

  after(() => service.app.stop());

  const page = async (path: string, accept: string) => {
    const { status, headers, body } = await ask(
      service.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: ${accept}\r\n\r\n`,
    );
    return { status, headers, body };
  };
  const json = async (path: string) =>
    JSON.parse((await page(path, 'application/json')).body) as Record<string, unknown>;

  for (const [code, { status, title }] of Object.entries(PROBLEMS))
    it(`show ${code} to people and to programs`, async () => {
      const { retry, ...texts } = await json(`/problems/${code}`);
      expect(texts).to.include({ type: `/problems/${code}`, code, status, title });
      expect(texts).to.have.all.keys('type', 'code', 'status', 'title', 'happened', 'why', 'todo');
      expect(retry).to.have.all.keys('helps', 'how');

      const html = await page(`/problems/${code}`, BROWSER);
      expect([html.status, html.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(html.body).to.contain(`<h1>${title}</h1>`).and.contain(`<code>${code}</code>`).and.contain(status);
      const shown = html.body.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
      for (const text of [texts['happened'], texts['why'], texts['todo'], (retry as { how: string }).how])
        expect(shown).to.contain(text);
    });

  it('exist only for codes that the service reports', () => {
    const sources = filesIn('src').filter((file) => !file.endsWith('/problem-codes.ts'));
    const texts = sources.map(read).join();
    expect(Object.keys(PROBLEMS).filter((code) => !texts.includes(`'${code}'`))).to.deep.equal([]);
  });

  it('are listed with a link to each page', async () => {
    const { items } = await json('/problems');
    expect((items as { code: string }[]).map(({ code }) => code)).to.have.members(Object.keys(PROBLEMS));
    const { body } = await page('/problems', BROWSER);
    const links = [...body.matchAll(/href="([^"]+)"/g)].map(([, path]) => path!);
    expect(links).to.have.members(Object.keys(PROBLEMS).map((code) => `/problems/${code}`));
    for (const path of links) expect((await page(path, BROWSER)).status, path).to.equal(200);
  });

  it('are at the address in the type of an error', async () => {
    const ada = service.as('ada');
    const errors = [
      await service.anonymous('GET', OPPORTUNITIES),
      await service.anonymous('GET', OPPORTUNITIES, { headers: { Authorization: 'Bearer x' } }),
      await service.anonymous('GET', '/nope'),
      await ada.post(OPPORTUNITIES, '{'),
      await ada.post(OPPORTUNITIES, {}),
      await ada.call('PUT', OPPORTUNITIES),
      await ada.get(`${OPPORTUNITIES}?nope=1`),
      await ada.get(`${OPPORTUNITIES}/nope`),
    ].map(({ body }) => body);
    errors.push(JSON.parse((await ask(service.url, 'nonsense\r\n\r\n')).body) as (typeof errors)[0]);
    for (const { type, code, title, status } of errors)
      expect(await json(new URL(String(type), service.url).pathname)).to.include({ type, code, title, status });
    expect(new Set(errors.map(({ code }) => code)).size).to.be.at.least(8);
  });

  for (const [accept, type] of [
    ['*/*', 'application/json; charset=utf-8'],
    ['application/*', 'application/json; charset=utf-8'],
    ['application/problem+json', 'application/problem+json'],
    ['application/problem+json, application/json;q=0.9', 'application/problem+json'],
    ['text/html;q=0.5, application/json', 'application/json; charset=utf-8'],
    ['text/*', 'text/html; charset=utf-8'],
    ['image/png', 'application/json; charset=utf-8'],
  ] as const)
    it(`are ${type} for Accept: ${accept}`, async () => {
      const { status, headers } = await page('/problems/not_found', accept);
      expect([status, headers['content-type']]).to.deep.equal([200, type]);
      expect(headers['vary']).to.contain('Accept');
    });

  it('load no files, run no scripts, and apply their own style', async () => {
    for (const path of ['/problems', '/problems/forbidden']) {
      const { headers, body } = await page(path, BROWSER);
      const policy = headers['content-security-policy']!;
      const style = new TextEncoder().encode(/<style>([^]*?)<\/style>/.exec(body)?.[1]);
      const hash = Buffer.from(await crypto.subtle.digest('SHA-256', style)).toString('base64');
      expect(policy.split('; ')).to.include.members([
        "default-src 'none'",
        `style-src 'sha256-${hash}'`,
        "frame-ancestors 'none'",
      ]);
      expect(body).to.not.match(/<script|<img|<link|<iframe|style="|url\(|@import|https?:/);
    }
  });

  it('escape their texts', () => {
    const evil = `<script>alert("1")</script>&'`;
    const html = problemHtml({
      type: evil,
      code: evil,
      title: evil,
      status: 400,
      happened: evil,
      why: evil,
      todo: evil,
      retry: { helps: true, how: evil },
    });
    expect(html).to.not.contain('<script').and.not.contain('alert("');
    expect(html).to.contain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
  });

  it('do not exist for other codes', async () => {
    for (const path of ['/problems/nope', '/problems/', '/problems/constructor', '/problems/NOT_FOUND']) {
      const { status, body } = await service.anonymous('GET', path, { headers: { Accept: BROWSER } });
      expect([status, body.code], path).to.deep.equal([404, 'not_found']);
    }
  });

  it('are served by processes that serve the API', async () => {
    for (const [ROLE, status] of [
      ['api', 200],
      ['relay', 404],
    ] as const) {
      const other = await startInMemoryService({ ROLE });
      try {
        expect((await other.anonymous('GET', '/problems/forbidden')).status, ROLE).to.equal(status);
      } finally {
        await other.app.stop();
      }
    }
  });
});
