import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  type Body,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const DECODERS: Record<string, (bytes: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

describe('compression', () => {
  let service: InMemoryService;
  let ada: Member;
  let long: string;
  let short: string;

  before(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
    long = `${OPPORTUNITIES}/${(await ada.posts({ description: 'Build services with us. '.repeat(100) })).id}`;
    short = '/health/live';
  });

  after(() => service.app.stop());

  /** Returns the raw response, which fetch would decode. */
  const sent = async (method: string, path: string, acceptEncoding?: string, more: Record<string, string> = {}) => {
    const headers = {
      ...more,
      Authorization: `Bearer ${ada.token}`,
      ...(acceptEncoding !== undefined && { 'Accept-Encoding': acceptEncoding }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number | undefined;
      headers: Record<string, unknown>;
      bytes: Buffer;
    }>();
    request(service.url + path, { method, headers }, (response) => {
      response.toArray().then((chunks) => {
        const bytes = Buffer.concat(chunks as Buffer[]);
        resolve({ status: response.statusCode, headers: response.headers, bytes });
      }, reject);
    })
      .on('error', reject)
      .end();
    return promise;
  };

  for (const [accepted, encoding] of [
    ['gzip', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'gzip'],
  ] as const)
    it(`is ${encoding} for Accept-Encoding: ${accepted}`, async () => {
      const plain = await sent('GET', long);
      const { status, headers, bytes } = await sent('GET', long, accepted);
      expect([status, headers['content-encoding']]).to.deep.equal([200, encoding]);
      expect(headers).to.include({ 'content-type': 'application/json; charset=utf-8', etag: plain.headers['etag'] });
      expect(bytes.length).to.be.below(plain.bytes.length / 2);
      expect(DECODERS[encoding]!(bytes)).to.deep.equal(plain.bytes);
    });

  for (const accepted of [undefined, '', 'identity', 'deflate', 'zstd', 'gzip;q=0', 'nonsense'])
    it(`is none for Accept-Encoding: ${accepted ?? '(not sent)'}`, async () => {
      const { status, headers, bytes } = await sent('GET', long, accepted);
      expect(status).to.equal(200);
      expect(headers)
        .to.include({ 'content-length': String(bytes.length) })
        .and.not.have.property('content-encoding');
    });

  it('leaves short responses as they are', async () => {
    for (const path of [short, '/nope']) {
      const { headers, bytes } = await sent('GET', path, 'gzip, br');
      expect(headers, path)
        .to.include({ 'content-length': String(bytes.length) })
        .and.not.have.property('content-encoding');
    }
  });

  it('names Accept-Encoding in Vary, whether it compresses or not', async () => {
    for (const path of [long, short, '/nope'])
      for (const accepted of [undefined, 'gzip'])
        expect((await sent('GET', path, accepted)).headers['vary'], path).to.contain('Accept-Encoding');
  });

  it('leaves responses to HEAD as they are', async () => {
    const { status, headers, bytes } = await sent('HEAD', long, 'gzip');
    const plain = await sent('GET', long);
    expect([status, bytes.length]).to.deep.equal([200, 0]);
    expect(headers)
      .to.include({ 'content-length': String(plain.bytes.length) })
      .and.not.have.property('content-encoding');
  });

  it('leaves a 304 as it is, whatever encoding the app has in its cache', async () => {
    const { headers: known } = await sent('GET', long, 'gzip');
    const { status, headers, bytes } = await sent('GET', long, 'br', { 'If-None-Match': String(known['etag']) });
    expect([status, bytes.length]).to.deep.equal([304, 0]);
    expect(headers).to.include({ etag: known['etag'], 'cache-control': 'private, no-cache' });
    expect(headers).to.not.have.any.keys('content-encoding', 'content-length', 'content-type');
  });

  it('applies to errors with a long list', async () => {
    const body = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`unknown${n}`, 1]));
    const answer = await ada.call('POST', OPPORTUNITIES, { headers: { 'Accept-Encoding': 'gzip' }, body });
    expect([answer.status, answer.headers.get('Content-Encoding')]).to.deep.equal([422, 'gzip']);
    expect(answer.headers.get('Content-Type')).to.equal('application/problem+json');
    expect(answer.body.errors.length).to.be.at.least(100);
  });

  it('applies to pages and lists', async () => {
    for (const path of ['/problems', `${OPPORTUNITIES}?mine=true&fields=description`]) {
      const { headers, bytes } = await sent('GET', path, 'br');
      expect(headers['content-encoding'], path).to.equal('br');
      const { items } = JSON.parse(brotliDecompressSync(bytes).toString()) as Body;
      expect(items).to.be.an('array').that.is.not.empty;
    }
  });
});
