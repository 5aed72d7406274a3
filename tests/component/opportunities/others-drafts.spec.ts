import { expect } from 'chai';
import { OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { ACTIONS } from '../../support/opportunities/life-cycle.ts';
import { SEEN_BY } from '../../support/opportunities/opportunity-model.ts';
import {
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

type Attempt = {
  readonly method: string;
  readonly path: (id: string) => string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};

const JSON_TYPE = { 'Content-Type': 'application/json' };
const one = (id: string) => `${OPPORTUNITIES}/${id}`;
const percentEncoded = (text: string) =>
  Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Every route with an id, with valid and invalid bodies. */
const ROUTES: Record<string, Attempt> = {
  GET: { method: 'GET', path: one },
  HEAD: { method: 'HEAD', path: one },
  OPTIONS: { method: 'OPTIONS', path: one },
  PUT: { method: 'PUT', path: one, body: SMALLEST },
  DELETE: { method: 'DELETE', path: one },
  PATCH: { method: 'PATCH', path: one, body: { title: 'Mine now' } },
  'PATCH that changes nothing': { method: 'PATCH', path: one, body: {} },
  'PATCH that is not valid': { method: 'PATCH', path: one, body: { title: 5, ownerId: 'ben' } },
  'PATCH that is no JSON': { method: 'PATCH', path: one, body: '{' },
  'PATCH of another type': { method: 'PATCH', path: one, body: '{}', headers: { 'Content-Type': 'text/plain' } },
  ...Object.fromEntries(
    [...ACTIONS, 'changes', '', '.'].flatMap((action) =>
      [undefined, {}, { reason: 'filled' }, { reason: 5 }].map((body): [string, Attempt] => [
        `POST ${action} ${JSON.stringify(body)}`,
        { method: 'POST', path: (id) => `${one(id)}/${action}`, body },
      ]),
    ),
  ),
};

/** Other ways to write the same path. */
const PATHS: Record<string, (id: string) => string> = {
  'in upper case': (id) => one(id.toUpperCase()),
  'percent-encoded': (id) => one(percentEncoded(id)),
  'with an encoded hyphen': (id) => one(id.replaceAll('-', '%2d')),
  'with a slash at the end': (id) => `${one(id)}/`,
  'with an encoded slash at the end': (id) => `${one(id)}%2f`,
  'with two slashes': (id) => `${OPPORTUNITIES}//${id}`,
  'by way of another one': (id) => `${one(someId())}%2f..%2f${id}`,
  'with a matrix parameter': (id) => `${one(id)};a=b`,
  'with an extension': (id) => `${one(id)}.json`,
  'in braces': (id) => one(`{${id}}`),
  'as a URN': (id) => one(`urn:uuid:${id}`),
  'without hyphens': (id) => one(id.replaceAll('-', '')),
  'with blanks': (id) => one(`%20${id}%20`),
  'with a NUL': (id) => one(`${id}%00`),
  'with a query': (id) => `${one(id)}?mine=true&ownerId=ann&status=draft&fields=*`,
  'in a query': (id) => `${OPPORTUNITIES}?id=${id}`,
  'in a list of one’s own': (id) => `${OPPORTUNITIES}?mine=true&cursor=${Buffer.from(id).toString('base64url')}`,
  'in capitals throughout': (id) => one(id).toUpperCase(),
};

/** Headers that might give access, or make the response reveal something. */
const HEADERS: Record<string, Record<string, string>> = {
  ...Object.fromEntries<Record<string, string>>(
    ['"1"', '"1-open"', '"2"', 'W/"1"', '*', '"0", "1", "2", "3"', '"never"'].flatMap((tag) => [
      [`If-None-Match: ${tag}`, { 'If-None-Match': tag }],
      [`If-Match: ${tag}`, { 'If-Match': tag }],
    ]),
  ),
  'If-Modified-Since': { 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
  'If-Unmodified-Since': { 'If-Unmodified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
  Range: { Range: 'bytes=0-10' },
  'the key of the owner': { 'Idempotency-Key': 'the-key-of-ann' },
  'the key of the owner, quoted': { 'Idempotency-Key': '"the-key-of-ann"' },
  'another method': { 'X-HTTP-Method-Override': 'GET', 'X-HTTP-Method': 'GET', 'X-Method-Override': 'GET' },
  'another path': { 'X-Original-URL': '/health/live', 'X-Rewrite-URL': '/health/live' },
  'the name of the owner': { 'X-User-Id': 'ann', 'X-Forwarded-User': 'ann', 'X-Role': 'admin', Cookie: 'user=ann' },
  'an address from inside': { 'X-Forwarded-For': '127.0.0.1', Forwarded: 'for=127.0.0.1', 'X-Real-IP': '127.0.0.1' },
};

describe('what others keep to themselves', () => {
  let service: InMemoryService;
  let ann: Member;
  let ben: Member;
  let hidden: Record<string, string>;

  before(async () => {
    service = await startInMemoryService({ ROLE: 'api' });
    ann = service.as('ann');
    ben = service.as('ben');
    const moderator = service.as('mo', 'moderator');
    const post = async (status: string) => {
      const headers = { 'Idempotency-Key': 'the-key-of-ann' };
      const { body } = await ann.call('POST', OPPORTUNITIES, { headers, body: { ...SMALLEST, status } });
      service.database.responses.clear();
      return body.id;
    };
    const removed = await post('published');
    await moderator.post(`${one(removed)}/remove`, { reason: 'Spam.' });
    const deleted = await post('published');
    await ann.call('DELETE', one(deleted));
    // The service remembers the key of the last one.
    const { body } = await ann.call('POST', OPPORTUNITIES, {
      headers: { 'Idempotency-Key': 'the-key-of-ann' },
      body: { ...SMALLEST, status: 'draft' },
    });
    hidden = { draft: body.id, removed, deleted };
  });

  after(() => service.app.stop());

  /** A response as ben sees it, without the parts that differ between any two requests. */
  const seen = async ({ method, path, headers, body }: Attempt, id: string) => {
    const response = await fetch(service.url + path(id), {
      method,
      redirect: 'manual',
      headers: { Authorization: `Bearer ${ben.token}`, ...(body !== undefined && JSON_TYPE), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { date, ratelimit, 'x-request-id': requestId = '', ...rest } = Object.fromEntries(response.headers);
    const text = (await response.text()).replaceAll(requestId, '…').replaceAll(new RegExp(id, 'gi'), '…');
    return { status: response.status, text, headers: rest };
  };

  const stored = () => JSON.stringify([...service.database.opportunities.values()].map(({ state }) => state));

  /** Expects the response for an opportunity that does not exist. */
  const tellsNothing = async (attempt: Attempt) => {
    const before = stored();
    const ids = [someId(), ...Object.values(hidden)];
    // Ben's requests come one after the other, because a key serves one request at a time.
    const responses: Awaited<ReturnType<typeof seen>>[] = [];
    for (const id of ids) responses.push(await seen(attempt, id));
    const [unknown, ...answers] = responses;
    for (const [index, status] of Object.keys(hidden).entries()) {
      const answer = answers[index]!;
      expect(answer, `${status}: ${JSON.stringify(attempt)}`).to.deep.equal(unknown);
      expect(answer.text).to.not.contain('ann').and.not.contain(SMALLEST.title);
    }
    expect(stored()).to.equal(before);
    expect(service.database.outbox.filter(({ payload }) => payload.includes('"actorId":"ben"'))).to.deep.equal([]);
  };

  it('is tested in every status that not everybody sees', () => {
    const statuses = OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] !== 'everybody');
    expect(Object.keys(hidden), 'Each hidden status needs an opportunity in the hook above.').to.have.members(statuses);
  });

  it('is visible to the owner', async () => {
    expect((await ann.get(one(hidden['draft']!))).status).to.equal(200);
    expect((await ann.get(one(hidden['removed']!))).status).to.equal(200);
  });

  for (const [what, route] of Object.entries(ROUTES)) it(`is not revealed by ${what}`, () => tellsNothing(route));

  for (const [how, path] of Object.entries(PATHS))
    it(`is not revealed by a path ${how}`, async () => {
      for (const method of ['GET', 'HEAD', 'DELETE']) await tellsNothing({ method, path });
      for (const action of ['publish', 'close']) {
        const body = action === 'close' ? { reason: 'filled' } : undefined;
        await tellsNothing({ method: 'POST', path: (id) => path(id).replace(/(\?|$)/, `/${action}$1`), body });
      }
      await tellsNothing({ method: 'PATCH', path, body: { title: 'Mine now' } });
    });

  for (const [what, headers] of Object.entries(HEADERS))
    it(`is not revealed to a request with ${what}`, async () => {
      for (const route of ['GET', 'HEAD', 'PATCH', 'DELETE', 'POST publish undefined', 'POST restore undefined'])
        await tellsNothing({ ...ROUTES[route]!, headers });
    });

  it('is not returned to another user with the same Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'the-key-of-ann' };
    const body = { ...SMALLEST, status: 'draft' };
    const again = await ann.call('POST', OPPORTUNITIES, { headers, body });
    expect([again.body.id, again.headers.get('Idempotent-Replayed')]).to.deep.equal([hidden['draft'], 'true']);
    const answer = await ben.call('POST', OPPORTUNITIES, { headers, body });
    expect(answer.headers.has('Idempotent-Replayed')).to.equal(false);
    expect(answer.body).to.include({ ownerId: 'ben', status: 'draft' });
    expect(Object.values(hidden)).to.not.include(answer.body.id);
  });

  it('cannot be taken over by naming another owner in the body', async () => {
    for (const [name, value] of Object.entries({ id: hidden['draft'], ownerId: 'ann', version: 7, actorId: 'ann' })) {
      const { status, body } = await ben.post(OPPORTUNITIES, { ...SMALLEST, [name]: value });
      expect([status, body.errors[0]?.pointer]).to.deep.equal([422, `#/${name}`]);
    }
  });

  it('is only in lists of the owner', async () => {
    const { body } = await ben.get(`${OPPORTUNITIES}?mine=true&limit=100`);
    expect(body.items.every((item) => item['ownerId'] === 'ben')).to.equal(true);
    const own = await ann.get(`${OPPORTUNITIES}?mine=true&limit=100`);
    const readable = OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] === 'owner and staff');
    expect(own.body.items.map((item) => item.id)).to.have.members(readable.map((status) => hidden[status]));
  });

  it('is not revealed to roles that resemble moderator or admin', async () => {
    for (const role of ['Admin', 'admin ', 'ADMIN', 'moderator\n', 'superuser', '__proto__', 'owner', ''])
      for (const id of Object.values(hidden))
        expect((await service.as('ben', role).get(one(id))).status, role).to.equal(404);
  });

  it('is not revealed to users whose id resembles the owner’s', async () => {
    for (const userId of ['Ann', 'ANN', 'ann ', ' ann', 'аnn', 'ａnn', 'an\u0301n', 'ann\u00a0'])
      for (const id of Object.values(hidden))
        expect((await service.as(userId).get(one(id))).status, userId).to.equal(404);
  });
});
