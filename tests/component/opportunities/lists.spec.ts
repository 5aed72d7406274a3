import { expect } from 'chai';
import fc from 'fast-check';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('GET /api/v1/opportunities', () => {
  let service: InMemoryService;
  let ada: Member;
  let bob: Member;

  beforeEach(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
    bob = service.as('bob');
  });

  afterEach(() => service.app.stop());

  const list = (query = '', member = ada) => member.get(OPPORTUNITIES + query);
  const idsOf = async (query = '', member = ada) => {
    const { status, body } = await list(query, member);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.items.map(({ id }) => id);
  };
  const problemsOf = ({ status, body }: Answer) => [
    status,
    body.code,
    ...body.errors.map(({ parameter, code }) => `${String(parameter)} ${code}`),
  ];

  describe('without parameters', () => {
    it('returns published opportunities of all users, the last published first', async () => {
      const first = await ada.posts();
      service.clock.advance(1);
      const second = await bob.posts();
      await ada.posts({ status: 'draft' });
      const { id } = await bob.posts();
      await bob.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' });
      expect(await idsOf('', ada)).to.deep.equal([second.id, first.id]);
      expect(await idsOf('', bob)).to.deep.equal([second.id, first.id]);
    });

    it('returns compact items, whose fields equal those of the single opportunity', async () => {
      const posted = await ada.posts({ summary: 'Short', tags: ['node'], deadlineAt: '2026-07-01T00:00:00Z' });
      const { body } = await list();
      const [item = {}] = body.items;
      expect(Object.keys(item)).to.deep.equal([
        'id',
        'ownerId',
        'type',
        'title',
        'summary',
        'organizationName',
        'workMode',
        'location',
        'compensation',
        'commitment',
        'deadlineAt',
        'startsAt',
        'tags',
        'status',
        'version',
        'updatedAt',
        'publishedAt',
        'isOpen',
      ]);
      expect(posted).to.deep.include(item);
      expect(body.page).to.deep.equal({ nextCursor: null });
    });

    it('returns 20 items by default and at most 100', async () => {
      for (let n = 0; n < 101; n += 1) await ada.posts();
      expect(
        [await idsOf(), await idsOf('?limit=1'), await idsOf('?limit=100')].map((ids) => ids.length),
      ).to.deep.equal([20, 1, 100]);
    });

    it('needs a token', async () => {
      const { status, body } = await service.anonymous('GET', OPPORTUNITIES);
      expect([status, body.code]).to.deep.equal([401, 'token_missing']);
    });
  });

  describe('with PUBLIC_READ', () => {
    it('needs a token only for mine, and shows no drafts', async () => {
      const open = await startInMemoryService({ PUBLIC_READ: 'true' });
      try {
        const { id } = await open.as('ada').posts();
        await open.as('ada').posts({ status: 'draft' });
        const asked = async (query: string) => {
          const { status, body } = await open.anonymous('GET', OPPORTUNITIES + query);
          return status === 200 ? body.items.map((item) => item.id) : [status, body.code];
        };
        expect(await asked('')).to.deep.equal([id]);
        expect(await asked('?status=draft&status=removed')).to.deep.equal([]);
        expect(await asked('?status=draft&ownerId=ada')).to.deep.equal([]);
        expect(await asked('?mine=true')).to.deep.equal([401, 'token_missing']);
      } finally {
        await open.app.stop();
      }
    });
  });

  describe('fields', () => {
    it('returns the named fields and the id, in the order of the resource', async () => {
      const posted = await ada.posts();
      const all = Object.keys(posted);
      const { body } = await list(`?fields=${[...all].reverse().join(',')}`);
      expect(body.items).to.deep.equal([posted]);
      expect(Object.keys(body.items[0] ?? {})).to.deep.equal(all);
      const some = await list('?fields=isOpen,title,title');
      expect(some.body.items).to.deep.equal([{ id: posted.id, title: posted.title, isOpen: true }]);
    });
  });

  describe('filters', () => {
    it('combines values of one parameter with OR, and different parameters with AND', async () => {
      const job = await ada.posts({ type: 'job', tags: ['node', 'c++'], workMode: 'remote' });
      const event = await ada.posts({ type: 'event', tags: ['node'], commitment: 'one_off' });
      const grant = await ada.posts({
        type: 'grant',
        location: { label: 'HQ', city: 'Málaga', country: 'ES' },
      });
      for (const [query, ...expected] of [
        ['?type=job', job],
        ['?type=job&type=event', event, job],
        ['?type=job&type=job', job],
        ['?type=job&type=event&tag=c%2B%2B', job],
        ['?tag=node&type=grant'],
        ['?workMode=remote&workMode=hybrid', job],
        ['?commitment=one_off', event],
        ['?country=ES&city=m%C3%A1laga', grant],
        // These are the same letters in decomposed form.
        ['?city=Ma%CC%81laga', grant],
        ['?q=intern', grant, event, job],
        ['?q=backend%20-node', grant],
        ['?ownerId=ada', grant, event, job],
        ['?ownerId=bob'],
      ] as const)
        expect(await idsOf(query), query).to.have.members(expected.map(({ id }) => id));
    });

    it('computes from the clock which opportunities are open', async () => {
      const { id } = await ada.posts({ deadlineAt: new Date(SOME_DAY.getTime() + DAY_MS) });
      const always = await ada.posts();
      expect(await idsOf('?open=true')).to.have.members([id, always.id]);
      service.clock.advance(DAY_MS);
      expect(await ada.get(`${OPPORTUNITIES}?open=true`).then(({ status }) => status)).to.equal(401);
      expect(await idsOf('?open=true', service.as('ada'))).to.deep.equal([always.id]);
    });

    it('includes the start of a range and excludes its end, in any offset', async () => {
      const { id } = await ada.posts({ deadlineAt: '2026-07-01T00:00:00Z' });
      await ada.posts();
      expect(await idsOf('?deadlineFrom=2026-07-01T00:00:00Z')).to.deep.equal([id]);
      expect(
        await idsOf('?deadlineFrom=2026-07-01T02:00:00%2B02:00&deadlineTo=2026-07-01T00:00:00.001Z'),
      ).to.have.members([id]);
      expect(await idsOf('?deadlineTo=2026-07-01T00:00:00Z')).to.deep.equal([]);
      expect(await idsOf(`?publishedTo=${SOME_DAY.toISOString()}`)).to.deep.equal([]);
      expect(await idsOf(`?publishedFrom=${SOME_DAY.toISOString()}`)).to.have.length(2);
    });

    it('never shows a draft of another user, whatever the filter', async () => {
      const secret = { status: 'draft', title: 'Secret plan', tags: ['secret'], deadlineAt: '2026-07-01T00:00:00Z' };
      const [ofAda, ofBob] = [await ada.posts(secret), await bob.posts(secret)];
      const asked = ['', 'type=internship', 'tag=secret', 'q=secret', 'deadlineFrom=2026-06-30T00:00:00Z'];
      const sorts = ['sort=-publishedAt', 'sort=-updatedAt', 'sort=deadlineAt'];
      for (const query of asked.flatMap((filter) =>
        sorts.map((sort) => `?status=draft&${filter}&${sort}`.replace('&&', '&')),
      )) {
        expect(await idsOf(query, ada), query).to.deep.equal([ofAda.id]);
        expect(await idsOf(query, bob), query).to.deep.equal([ofBob.id]);
        expect(await idsOf(`${query}&ownerId=ada`, bob), query).to.deep.equal([]);
        expect(await idsOf(`${query}&mine=true`, bob), query).to.deep.equal([ofBob.id]);
        expect(await idsOf(query, service.as('carol')), query).to.deep.equal([]);
        expect(await idsOf(query, service.as('mo', 'moderator')), query).to.have.members([ofAda.id, ofBob.id]);
      }
    });
  });

  describe('sorts', () => {
    it('returns the user’s own opportunities in every status, the last changed first', async () => {
      const first = await ada.posts({ status: 'draft' });
      await bob.posts();
      service.clock.advance(1);
      const second = await ada.posts();
      expect(await idsOf('?mine=true')).to.deep.equal([second.id, first.id]);
      service.clock.advance(1);
      await ada.call('PATCH', `${OPPORTUNITIES}/${first.id}`, { body: { title: 'Another title' } });
      expect(await idsOf('?mine=true')).to.deep.equal([first.id, second.id]);
      expect(await idsOf('?mine=true&sort=-publishedAt')).to.deep.equal([second.id, first.id]);
    });

    it('puts open-ended opportunities after all deadlines', async () => {
      const [never, late, soon] = [
        await ada.posts(),
        await ada.posts({ deadlineAt: '2026-09-01T00:00:00Z' }),
        await ada.posts({ deadlineAt: '2026-07-01T00:00:00Z' }),
      ];
      expect(await idsOf('?sort=deadlineAt')).to.deep.equal([soon.id, late.id, never.id]);
    });

    it('puts the best match of a search first by default', async () => {
      const best = await ada.posts({ title: 'Golf', description: 'Golf' });
      service.clock.advance(1);
      const newest = await ada.posts({ title: 'Other', description: 'Golf' });
      for (const query of ['?q=golf', '?q=golf&mine=true', '?q=golf&sort=relevance'])
        expect(await idsOf(query)).to.deep.equal([best.id, newest.id]);
      expect(await idsOf('?q=golf&sort=-publishedAt')).to.deep.equal([newest.id, best.id]);
    });
  });

  describe('pages', () => {
    const follow = async (query: string, meanwhile = async () => {}): Promise<string[][]> => {
      const pages: string[][] = [];
      let path: string | undefined = OPPORTUNITIES + query;
      while (path !== undefined) {
        const { status, headers, body }: Answer = await ada.get(path);
        expect(status, JSON.stringify(body)).to.equal(200);
        pages.push(body.items.map(({ id }) => id));
        const link = headers.get('Link');
        path = link === null ? undefined : /^<(\/[^>]*)>; rel="next"$/.exec(link)?.[1];
        const cursor = path === undefined ? null : new URL(path, service.url).searchParams.get('cursor');
        expect(body.page.nextCursor).to.equal(cursor);
        await meanwhile();
      }
      return pages;
    };

    it('follow one another by the Link header, even if opportunities are posted meanwhile', async () => {
      const posted: string[] = [];
      for (let n = 0; n < 7; n += 1) {
        service.clock.advance(1);
        posted.unshift((await ada.posts({ tags: ['c++'], type: n % 2 ? 'job' : 'event' })).id);
      }
      const post = async () => {
        service.clock.advance(1);
        await ada.posts({ tags: ['c++'], type: 'job' });
      };
      const chunks = [posted.slice(0, 3), posted.slice(3, 6), posted.slice(6)];
      for (const query of [
        '?limit=3&tag=c%2B%2B&type=job&type=event',
        '?limit=3&mine=true&fields=title',
        '?limit=3&q=backend%20intern',
        '?sort=-updatedAt&limit=3',
      ]) {
        expect(await follow(query, post), query).to.deep.equal(chunks);
        for (const id of (await follow('?limit=100')).flat().filter((found) => !posted.includes(found)))
          await ada.call('DELETE', `${OPPORTUNITIES}/${id}`);
      }
      await post();
      expect((await follow('?limit=3&sort=deadlineAt')).flat()).to.include.members(posted);
    });

    it('end with a full page when no more opportunities follow', async () => {
      for (let n = 0; n < 4; n += 1) await ada.posts();
      expect((await follow('?limit=2')).map(({ length }) => length)).to.deep.equal([2, 2]);
    });

    it('may differ in size and fields, and a cursor can be used again', async () => {
      for (let n = 0; n < 4; n += 1) await ada.posts();
      const all = await idsOf();
      const cursor = await cursorOf('?limit=1');
      expect(await idsOf(`?limit=2&fields=title&cursor=${cursor}`)).to.deep.equal(all.slice(1, 3));
      expect(await idsOf(`?sort=-publishedAt&cursor=${cursor}`)).to.deep.equal(all.slice(1));
      expect(await idsOf(`?cursor=${cursor}`)).to.deep.equal(all.slice(1));
      const ofTwoTypes = await cursorOf('?limit=1&type=job&type=internship');
      expect(await idsOf(`?type=internship&type=job&cursor=${ofTwoTypes}`)).to.deep.equal(all.slice(1));
    });

    const cursorOf = async (query: string): Promise<string> => {
      const { body } = await list(query);
      return body.page.nextCursor ?? expect.fail('the only page');
    };

    it('refuse a cursor of another list', async () => {
      for (let n = 0; n < 3; n += 1) await ada.posts({ tags: ['node'] });
      const lists = ['', '&sort=deadlineAt', '&sort=-updatedAt', '&mine=true', '&type=internship', '&q=backend'];
      for (const one of lists)
        for (const other of lists) {
          const { status, body } = await list(`?limit=2${other}&cursor=${await cursorOf(`?limit=1${one}`)}`);
          const expected = one === other ? [200, undefined] : [400, 'invalid_cursor'];
          expect([status, body.code], `${one} then ${other}`).to.deep.equal(expected);
        }
    });

    it('refuse a cursor with one changed, missing or additional character', async () => {
      for (let n = 0; n < 2; n += 1) await ada.posts();
      for (const query of ['?limit=1', '?limit=1&q=backend']) {
        const cursor = await cursorOf(query);
        const damaged = fc
          .tuple(fc.nat(cursor.length - 1), fc.constantFrom('', 'A', 'B', '-', '_', '0', 'AA'))
          .map(([at, other]) => cursor.slice(0, at) + other + cursor.slice(at + 1));
        await fc.assert(
          fc.asyncProperty(damaged, async (given) => {
            fc.pre(given !== cursor);
            const { status, body } = await list(`${query}&cursor=${given}`);
            expect([status, body.code]).to.deep.equal([400, 'invalid_cursor']);
          }),
          { numRuns: propertyRuns(60) },
        );
      }
    });

    for (const content of [
      '',
      'nonsense',
      '%00',
      "' OR 1=1",
      'null',
      '[]',
      '{}',
      '[1,"x",[0,"01900000-0000-7000-8000-000000000001"]]',
      '[1,"x",[1e400,"01900000-0000-7000-8000-000000000001"]]',
      '[2,"x",[null,"x"]]',
      '['.repeat(300),
      'A'.repeat(5000),
    ])
      it(`refuse a cursor that says ${content.slice(0, 60) || 'nothing'}`, async () => {
        for (const cursor of [Buffer.from(content).toString('base64url'), encodeURIComponent(content)]) {
          const { status, body } = await list(`?cursor=${cursor}`);
          expect([status, body.code]).to.deep.equal([400, 'invalid_cursor']);
        }
      });
  });

  describe('parameters', () => {
    for (const [query, ...wrong] of [
      ['?mine=false', 'mine unknown_value'],
      ['?mine', 'mine unknown_value'],
      ['?mine=true&mine=true', 'mine unknown_value'],
      ['?open=1', 'open unknown_value'],
      ['?limit=0', 'limit invalid_format'],
      ['?limit=101', 'limit invalid_format'],
      ['?limit=-1', 'limit invalid_format'],
      ['?limit=1e1', 'limit invalid_format'],
      ['?limit=0x10', 'limit invalid_format'],
      ['?limit=', 'limit invalid_format'],
      ['?type=salary', 'type unknown_value'],
      ['?type=', 'type unknown_value'],
      ['?type=job,event', 'type unknown_value'],
      ['?type[]=job', 'type[] unknown'],
      ['?status=deleted', 'status unknown_value'],
      ['?country=es', 'country invalid'],
      ['?country=ZZ', 'country invalid'],
      ['?tag=Node', 'tag invalid_format'],
      ['?tag=', 'tag too_short'],
      [`?tag=${'x'.repeat(31)}`, 'tag too_long'],
      ['?city=%00', 'city invalid_characters'],
      ['?city=%0A', 'city invalid_characters'],
      ['?q=', 'q too_short'],
      ['?q=%20', 'q blank'],
      [`?q=${'x'.repeat(101)}`, 'q too_long'],
      ['?q=%00', 'q invalid_characters'],
      ['?q=%ED%A0%80', 'q invalid_characters'],
      ['?q=%E0%A4%A', 'q invalid_characters'],
      ['?q=a&q=b', 'q invalid_type'],
      [`?ownerId=${'x'.repeat(129)}`, 'ownerId too_long'],
      ['?ownerId=ada&mine=true', 'ownerId contradictory'],
      ['?open=true&status=closed', 'status contradictory'],
      ['?sort=relevance', 'sort contradictory'],
      ['?sort=publishedAt', 'sort unknown_value'],
      ['?sort=title&sort=-publishedAt', 'sort unknown_value'],
      ['?deadlineFrom=2026-06-01', 'deadlineFrom invalid_format'],
      ['?deadlineFrom=2026-02-30T00:00:00Z', 'deadlineFrom invalid_format'],
      ['?deadlineFrom=2026-06-01T00:00:00', 'deadlineFrom invalid_format'],
      ['?publishedTo=0000-01-01T00:00:00Z', 'publishedTo invalid'],
      ['?publishedTo=9999-12-31T23:59:59Z', 'publishedTo invalid'],
      ['?deadlineFrom=2026-06-02T00:00:00Z&deadlineTo=2026-06-02T00:00:00Z', 'deadlineTo contradictory'],
      ['?publishedFrom=2026-06-02T00:00:00Z&publishedTo=2026-06-01T00:00:00Z', 'publishedTo contradictory'],
      ['?fields=', 'fields unknown_value'],
      ['?fields=id,', 'fields unknown_value'],
      ['?fields=removedFrom', 'fields unknown_value'],
      ['?fields=id&fields=title', 'fields invalid_type'],
      ['?cursor=a&cursor=b', 'cursor invalid_type'],
      ['?access_token=x', 'access_token unknown'],
      [`?${'tag=x&'.repeat(21)}`, 'tag too_big'],
      ['?constructor=2&__proto__=1&toString=3', 'constructor unknown', '__proto__ unknown', 'toString unknown'],
      [
        '?mine=yes&limit=1&limit=2&page=2&sort=title&type=job&type=x&deadlineFrom=2026-06-02T00:00:00Z&deadlineTo=2026-06-01T00:00:00Z',
        'type unknown_value',
        'mine unknown_value',
        'sort unknown_value',
        'limit invalid_type',
        'page unknown',
        'deadlineTo contradictory',
      ],
    ] as const)
      it(`refuses ${query.slice(0, 80)}, naming ${wrong.join(', ')}`, async () => {
        expect(problemsOf(await list(query))).to.deep.equal([400, 'invalid_parameter', ...wrong]);
      });

    it('accepts any text as a search or a city, or names the error', async () => {
      await ada.posts({ location: { label: 'HQ', city: 'Madrid' } });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('q', 'city', 'tag', 'ownerId'),
          fc.string({ unit: 'binary' }),
          async (name, text) => {
            const { status, body } = await list(`?${new URLSearchParams({ [name]: text }).toString()}`);
            if (status === 400) expect(body.errors.map(({ parameter }) => parameter)).to.deep.equal([name]);
            else expect(status).to.equal(200);
          },
        ),
        { numRuns: propertyRuns(200) },
      );
    });
  });

  it('responds to HEAD with the Link as well', async () => {
    for (let n = 0; n < 2; n += 1) await ada.posts();
    const response = await fetch(`${service.url}${OPPORTUNITIES}?limit=1`, {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${ada.token}` },
    });
    expect(response.status).to.equal(200);
    expect(response.headers.get('Link')).to.match(/rel="next"$/);
  });

  it('is listed beside POST in the Allow header', async () => {
    const { status, headers } = await service.anonymous('PUT', OPPORTUNITIES);
    expect([status, headers.get('Allow')]).to.deep.equal([405, 'HEAD, GET, POST']);
  });
});
