import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Answer,
  type Body,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const CHANGES = `${OPPORTUNITIES}/changes`;
const DAY = 86_400_000;

type Page = {
  readonly items: readonly Body[];
  readonly tombstones: readonly { id: string; deletedAt: string }[];
  readonly page: { readonly nextToken: string; readonly hasMore: boolean };
};

/** An app that keeps a copy, as docs/app/api.md tells it to. */
class Copy {
  readonly rows = new Map<string, Body>();
  token: string | undefined;
  private readonly member: Member;

  constructor(member: Member) {
    this.member = member;
  }

  /** Requests one page and applies it to the copy. */
  async take(limit?: number): Promise<Page> {
    const query = new URLSearchParams({
      ...(limit !== undefined && { limit: String(limit) }),
      ...(this.token !== undefined && { since: this.token }),
    });
    const { status, body } = await this.member.get(`${CHANGES}?${query.toString()}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    const page = body as unknown as Page;
    for (const item of page.items) this.rows.set(item.id, item);
    for (const { id } of page.tombstones) this.rows.delete(id);
    this.token = page.page.nextToken;
    return page;
  }

  /** Requests pages until hasMore is false. */
  async sync(limit?: number): Promise<Page[]> {
    const pages = [await this.take(limit)];
    while (pages.at(-1)!.page.hasMore) pages.push(await this.take(limit));
    return pages;
  }
}

describe('GET /opportunities/changes', () => {
  let service: InMemoryService;
  let owner: Member;
  let stranger: Member;
  let moderator: Member;

  beforeEach(async () => {
    service = await startInMemoryService();
    owner = service.as('owner');
    stranger = service.as('stranger');
    moderator = service.as('mo', 'moderator');
  });

  afterEach(() => service.app.stop());

  const at = (id: string, action = '') => `${OPPORTUNITIES}/${id}${action && `/${action}`}`;
  const act = async (member: Member, id: string, action: string, body?: unknown) => {
    const { status } = await (action === 'edit'
      ? member.call('PATCH', at(id), { body })
      : action === 'delete'
        ? member.call('DELETE', at(id))
        : member.post(at(id, action), body));
    expect(status, action).to.be.oneOf([200, 204]);
  };
  const changes = async (member: Member, token?: string) => {
    const { body } = await member.get(CHANGES + (token === undefined ? '' : `?since=${token}`));
    return body as unknown as Page;
  };
  /** How a page shows one opportunity. */
  const saysOf = ({ items, tombstones }: Page, id: string) => [
    ...items.filter((item) => item.id === id).map(({ status }) => status),
    ...tombstones.filter((tombstone) => tombstone.id === id).map(() => 'tombstone'),
  ];

  it('begins with every visible opportunity, as GET returns it, and without tombstones', async () => {
    const published = await owner.posts({ deadlineAt: '2027-01-01T00:00:00Z', tags: ['node'] });
    const draft = await owner.posts({ status: 'draft' });
    await act(owner, (await owner.posts()).id, 'delete');
    const removed = await owner.posts();
    await act(moderator, removed.id, 'remove', { reason: 'Spam.' });

    for (const [member, ids] of [
      [stranger, [published.id]],
      [owner, [published.id, draft.id, removed.id]],
      [moderator, [published.id, draft.id, removed.id]],
    ] as const) {
      const page = await changes(member);
      expect(page).to.have.all.keys('items', 'tombstones', 'page');
      expect(page.page).to.have.all.keys('nextToken', 'hasMore');
      expect(page.page.hasMore).to.equal(false);
      expect(page.tombstones).to.deep.equal([]);
      expect(page.items.map(({ id }) => id)).to.have.members(ids);
      for (const item of page.items) expect(item).to.deep.equal((await member.get(at(item.id))).body);
    }
  });

  it('goes on with changes, and always returns a token', async () => {
    const { id } = await owner.posts();
    const first = await changes(stranger);
    const nothing = await changes(stranger, first.page.nextToken);
    expect(nothing.items).to.deep.equal([]);
    await act(owner, id, 'edit', { title: 'Frontend internship' });
    const edited = await changes(stranger, nothing.page.nextToken);
    expect(edited.items.map(({ title }) => title)).to.deep.equal(['Frontend internship']);
    expect((await changes(stranger, edited.page.nextToken)).items).to.deep.equal([]);
  });

  describe('tells of each change whom it concerns', () => {
    const rows: [
      what: string,
      first: Record<string, unknown>,
      actions: [string, object?][],
      sees: Record<string, readonly unknown[]>,
    ][] = [
      [
        'a draft',
        { status: 'draft' },
        [['edit', { title: 'Other' }]],
        { owner: ['draft'], stranger: [], moderator: ['draft'] },
      ],
      [
        'its publication',
        { status: 'draft' },
        [['publish']],
        { owner: ['published'], stranger: ['published'], moderator: ['published'] },
      ],
      [
        'a closing',
        {},
        [['close', { reason: 'filled' }]],
        { owner: ['closed'], stranger: ['closed'], moderator: ['closed'] },
      ],
      [
        'a removal',
        {},
        [['remove', { reason: 'Spam.' }]],
        { owner: ['removed'], stranger: ['tombstone'], moderator: ['removed'] },
      ],
      [
        'the removal of a draft',
        { status: 'draft' },
        [['remove', { reason: 'Spam.' }]],
        { owner: ['removed'], stranger: [], moderator: ['removed'] },
      ],
      [
        'a removal and its end',
        {},
        [['remove', { reason: 'Spam.' }], ['restore']],
        { owner: ['published'], stranger: ['published'], moderator: ['published'] },
      ],
      [
        'the restoration of a draft',
        { status: 'draft' },
        [['remove', { reason: 'Spam.' }], ['restore']],
        { owner: ['draft'], stranger: [], moderator: ['draft'] },
      ],
      ['a deletion', {}, [['delete']], { owner: ['tombstone'], stranger: ['tombstone'], moderator: ['tombstone'] }],
      [
        'the deletion of a draft',
        { status: 'draft' },
        [['delete']],
        { owner: ['tombstone'], stranger: [], moderator: ['tombstone'] },
      ],
    ];
    for (const [what, first, actions, sees] of rows)
      it(`${what}: ${Object.entries(sees)
        .map(([who, said]) => `${who} ${said.join() || 'nothing'}`)
        .join(', ')}`, async () => {
        const members = { owner, stranger, moderator };
        const { id } = await owner.posts(first);
        const tokens = new Map<Member, string>();
        for (const member of Object.values(members)) tokens.set(member, (await changes(member)).page.nextToken);
        service.clock.advance(1000);
        const admin = service.as('root', 'admin');
        for (const [action, body] of actions) await act(admin, id, action, body);

        for (const [who, member] of Object.entries(members)) {
          const page = await changes(member, tokens.get(member));
          expect(saysOf(page, id), who).to.deep.equal(sees[who]);
          expect(page.items.length + page.tombstones.length, who).to.equal(sees[who]!.length);
          for (const tombstone of page.tombstones)
            expect(tombstone).to.deep.equal({ id, deletedAt: service.clock.now().toISOString() });
          expect(page.page.hasMore).to.equal(false);
          const token = Buffer.from(page.page.nextToken, 'base64url').toString();
          expect(token, 'nothing is hidden in the token').not.to.contain(id);
        }
      });
  });

  it('returns at most limit entries, 50 by default, and each only once', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 101; count++) ids.push((await owner.posts()).id);
    const first = new Copy(stranger);
    expect((await first.sync()).map(({ items }) => items.length)).to.deep.equal([50, 50, 1]);
    expect([...first.rows.keys()]).to.have.members(ids);

    const second = new Copy(stranger);
    const pages = await second.sync(25);
    expect(pages.map(({ items }) => items.length)).to.deep.equal([25, 25, 25, 25, 1]);
    expect(pages.map(({ page }) => page.hasMore)).to.deep.equal([true, true, true, true, false]);
    expect([...second.rows.keys()]).to.have.members(ids);
  }).timeout(20_000);

  it('leaves drafts of other users out of every page', async () => {
    await owner.posts({ status: 'draft' });
    await owner.posts({ status: 'draft' });
    const { body } = await stranger.get(`${CHANGES}?limit=1`);
    expect(body).to.deep.include({ items: [], tombstones: [] });
    expect((body as unknown as Page).page.hasMore).to.equal(false);
  });

  describe('refuses a token', () => {
    const expired = async (answer: Answer, detail: string) => {
      expect(answer.status).to.equal(410);
      expect(answer.body).to.deep.include({
        status: 410,
        code: 'sync_token_expired',
        type: '/problems/sync_token_expired',
      });
      expect(answer.body.detail)
        .to.match(/Begin a new copy\.$/)
        .and.contain(detail);
    };

    it('when the token is thirty days old, and not before', async () => {
      const { nextToken } = (await changes(stranger)).page;
      service.clock.advance(30 * DAY);
      stranger = service.as('stranger');
      const page = await changes(stranger, nextToken);
      expect(page.items).to.deep.equal([]);
      service.clock.advance(1);
      await expired(await stranger.get(`${CHANGES}?since=${nextToken}`), '30 days');
      expect((await stranger.get(`${CHANGES}?since=${page.page.nextToken}`)).status).to.equal(200);
    });

    it('of another user, whose copy lacks some opportunities and has others too many', async () => {
      await owner.posts({ status: 'draft' });
      const { nextToken } = (await changes(owner)).page;
      await expired(await stranger.get(`${CHANGES}?since=${nextToken}`), 'another user');
    });

    it('of the same user in another role', async () => {
      const { nextToken } = (await changes(moderator)).page;
      await expired(await service.as('mo').get(`${CHANGES}?since=${nextToken}`), 'another role');
      await expired(await service.as('mo', 'admin').get(`${CHANGES}?since=${nextToken}`), 'another role');
      expect((await service.as('mo', 'moderator').get(`${CHANGES}?since=${nextToken}`)).status).to.equal(200);
    });

    it('that was issued before the data was replaced', async () => {
      const { nextToken } = (await changes(stranger)).page;
      service.database.origin = 'restored';
      await expired(await stranger.get(`${CHANGES}?since=${nextToken}`), 'restored');
    });
  });

  describe('refuses with 400 and the name of the parameter', () => {
    const token = (contents: unknown) => `since=${Buffer.from(JSON.stringify(contents)).toString('base64url')}`;
    const whole = { issuedAt: '2026-06-01T12:00:00.000Z', userId: 'stranger', role: 'user', position: 'x' };
    for (const [what, query, parameter] of [
      ['an empty token', 'since=', 'since'],
      ['a text that is not base64url', 'since=%20', 'since'],
      ['a text that is not JSON', 'since=AAAA', 'since'],
      ['a token that is no object', token(null), 'since'],
      ['a token without a role', token({ ...whole, role: undefined }), 'since'],
      ['a token with an unknown member', token({ ...whole, more: 1 }), 'since'],
      ['a token with an invalid instant', token({ ...whole, issuedAt: 'yesterday' }), 'since'],
      ['a position that was never issued', token(whole), 'since'],
      ['a position with SQL', token({ ...whole, position: "1:1:' OR 1=1" }), 'since'],
      ['a position that PostgreSQL cannot store', token({ ...whole, position: '\0' }), 'since'],
      ['two tokens', 'since=e30&since=e30', 'since'],
      ['a limit of 0', 'limit=0', 'limit'],
      ['a limit of 101', 'limit=101', 'limit'],
      ['a limit that is not a number', 'limit=ten', 'limit'],
      ['a parameter of another path', 'mine=true', 'mine'],
    ] as const)
      it(what, async () => {
        const { status, body } = await stranger.get(`${CHANGES}?${query}`);
        expect([status, body.code]).to.deep.equal([400, 'invalid_parameter']);
        expect(body.errors.map((error) => error.parameter)).to.deep.equal([parameter]);
      });

    it('and reports both errors at once', async () => {
      const { body } = await stranger.get(`${CHANGES}?since=x!&limit=x&nope=1`);
      expect(body.errors.map(({ parameter }) => parameter)).to.have.members(['since', 'limit', 'nope']);
    });
  });

  it('requires a token, and responds as the rest of the API does', async () => {
    expect((await service.anonymous('GET', CHANGES)).status).to.equal(401);
    expect((await stranger.post(CHANGES, {})).status).to.equal(405);
    expect((await stranger.call('HEAD', CHANGES)).status).to.equal(200);
    const { headers } = await stranger.get(CHANGES);
    expect(headers.get('cache-control')).to.equal('private, no-cache');
    expect(headers.get('vary')).to.contain('Authorization');
    service.database.away = true;
    expect((await stranger.get(CHANGES)).status).to.equal(503);
  });

  it('gives an app that syncs at any moment exactly the same as a full reading', async () => {
    const who = fc.constantFrom('owner', 'rival');
    const step = fc.oneof(
      { weight: 2, arbitrary: fc.record({ do: fc.constant('post' as const), who, draft: fc.boolean() }) },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constantFrom('edit', 'publish', 'close', 'reopen', 'remove', 'restore', 'delete'),
          which: fc.nat(),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('sync' as const),
          app: fc.nat({ max: 2 }),
          limit: fc.integer({ min: 1, max: 3 }),
        }),
      },
    );
    const admin = service.as('root', 'admin');
    const bodies: Record<string, object> = { close: { reason: 'filled' }, remove: { reason: 'Spam.' } };
    let edits = 0;
    let tombstones = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        service.database.opportunities.clear();
        const readers = [owner, stranger, moderator];
        const apps = readers.map((member) => new Copy(member));
        const ids: string[] = [];
        for (const each of steps) {
          if ('draft' in each)
            ids.push((await service.as(each.who).posts({ status: each.draft ? 'draft' : 'published' })).id);
          else if ('app' in each) tombstones += (await apps[each.app]!.take(each.limit)).tombstones.length;
          else if (ids.length > 0) {
            // Actions that the status does not allow are refused and have no effect.
            const id = ids[each.which % ids.length]!;
            if (each.do === 'edit') await admin.call('PATCH', at(id), { body: { title: `Edit ${(edits += 1)}` } });
            else if (each.do === 'delete') await admin.call('DELETE', at(id));
            else await admin.post(at(id, each.do), bodies[each.do]);
          }
        }
        for (const [index, app] of apps.entries()) {
          // Finishes the current round, and reads the next one as well.
          await app.sync(2);
          await app.sync(2);
          const full = new Map<string, Body>();
          for (const id of ids) {
            const { status, body } = await readers[index]!.get(at(id));
            if (status === 200) full.set(id, body);
          }
          expect(Object.fromEntries(app.rows)).to.deep.equal(Object.fromEntries(full));
        }
      }),
      // The seed is fixed, so that some app always hears of a row that it must remove.
      { numRuns: propertyRuns(80), seed: 20_260_601 },
    );
    expect(tombstones).to.be.greaterThan(0);
  }).timeout(60_000);
});
