import { expect } from 'chai';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import { fullDetails, SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';
import {
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UNKNOWN_ID = '01900000-0000-7000-8000-00000000dead';
const NOW = SOME_DAY.toISOString();

/** Fields that the service adds to an opportunity that has just been published. */
const PUBLISHED_NOW = {
  ownerId: 'ada',
  status: 'published',
  closeReason: null,
  removalReason: null,
  version: 1,
  createdAt: NOW,
  updatedAt: NOW,
  publishedAt: NOW,
  closedAt: null,
  isOpen: true,
};

const NOT_SAID = {
  summary: null,
  organizationName: null,
  organizationUrl: null,
  workMode: null,
  location: null,
  compensation: null,
  commitment: null,
  opensAt: null,
  deadlineAt: null,
  startsAt: null,
  endsAt: null,
  timeZone: null,
  openings: null,
  eligibility: null,
  applyEmail: null,
  tags: [],
  languages: [],
};

describe('/api/v1/opportunities', () => {
  let service: InMemoryService;
  let ada: Member;
  let bob: Member;
  let moderator: Member;
  let admin: Member;

  beforeEach(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
    bob = service.as('bob');
    moderator = service.as('mo', 'moderator');
    admin = service.as('root', 'admin');
  });

  afterEach(() => service.app.stop());

  describe('POST', () => {
    it('publishes at once, and responds with the address, the version and the whole opportunity', async () => {
      const { status, headers, body } = await ada.post(OPPORTUNITIES, SMALLEST);
      expect(status).to.equal(201);
      expect(body.id).to.match(UUID_V7);
      expect(headers.get('Location')).to.equal(`${OPPORTUNITIES}/${body.id}`);
      expect(headers.get('ETag')).to.equal('"1-open"');
      expect(headers.get('Content-Type')).to.equal('application/json; charset=utf-8');
      expect(body).to.deep.equal({ id: body.id, ...PUBLISHED_NOW, ...NOT_SAID, ...SMALLEST });
    });

    it('creates a draft, which needs only a type and a title', async () => {
      const { status, body } = await ada.post(OPPORTUNITIES, { type: 'event', title: 'Meetup', status: 'draft' });
      expect(status).to.equal(201);
      expect(body).to.deep.equal({
        id: body.id,
        ...PUBLISHED_NOW,
        ...NOT_SAID,
        type: 'event',
        title: 'Meetup',
        description: null,
        applyUrl: null,
        status: 'draft',
        publishedAt: null,
        isOpen: false,
      });
    });

    it('accepts every field, and returns every text exactly', async () => {
      const details = JSON.parse(JSON.stringify(fullDetails())) as Record<string, unknown>;
      const { body } = await ada.post(OPPORTUNITIES, details);
      expect(body).to.deep.equal({ id: body.id, ...PUBLISHED_NOW, ...details });
      expect((await ada.get(`${OPPORTUNITIES}/${body.id}`)).body).to.deep.equal(body);
    });

    for (const [what, text] of [
      ['emoji of several code points', '👩‍👩‍👧‍👦 family 🏳️‍🌈'],
      ['right-to-left text', 'فرصة تدريب للطلاب — הזדמנות'],
      ['quotes and backslashes', `"It's" \\ \\n \\u0041 \\\\ 'quoted' \`x\``],
      ['what looks like code', '<script>alert(1)</script> ${x} {{y}} %s $1 ?; DROP TABLE opportunity;--'],
      ['blanks at both ends', '  kept as they are  '],
      ['a byte order mark and a non-character', '\uFEFFtext\uFFFE'],
    ] as const)
      it(`returns ${what} as it was sent`, async () => {
        const { id } = await ada.posts({ title: text, description: text });
        const { title, description } = (await ada.get(`${OPPORTUNITIES}/${id}`)).body;
        expect({ title, description }).to.deep.equal({ title: text, description: text });
      });

    it('normalises text to NFC', async () => {
      expect((await ada.posts({ title: 'Cafe\u0301' })).title).to.equal('Caf\u00e9');
    });

    it('returns instants in UTC with milliseconds', async () => {
      const body = await ada.posts({ opensAt: '2026-06-01T14:00:00+02:00', deadlineAt: '2027-01-01T00:00:00.1239Z' });
      expect([body['opensAt'], body['deadlineAt']]).to.deep.equal([
        '2026-06-01T12:00:00.000Z',
        '2027-01-01T00:00:00.123Z',
      ]);
    });

    it('creates another opportunity each time', async () => {
      const [first, second] = [(await ada.posts()).id, (await ada.posts()).id];
      expect([second, first].sort()).to.deep.equal([first, second]);
    });

    it('takes the owner only from the token', async () => {
      const { status, body } = await ada.post(OPPORTUNITIES, { ...SMALLEST, ownerId: 'bob' });
      expect([status, body.errors.map(({ pointer }) => pointer)]).to.deep.equal([422, ['#/ownerId']]);
    });
  });

  describe('GET /{id}', () => {
    it('responds with the ETag of the version', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      const { status, headers } = await bob.get(`${OPPORTUNITIES}/${id}`);
      expect([status, headers.get('ETag')]).to.deep.equal([200, '"2-open"']);
    });

    it('accepts the id in upper case', async () => {
      const { id } = await ada.posts();
      expect((await ada.get(`${OPPORTUNITIES}/${id.toUpperCase()}`)).body.id).to.equal(id);
    });

    it('computes isOpen from opening, deadline and the time of the response', async () => {
      const { id } = await ada.posts({ opensAt: '2026-06-01T12:00:01Z', deadlineAt: '2026-06-01T12:00:02Z' });
      const isOpen = async () => (await ada.get(`${OPPORTUNITIES}/${id}`)).body['isOpen'];
      expect(await isOpen(), 'not yet').to.equal(false);
      service.clock.advance(1000);
      expect(await isOpen(), 'in time').to.equal(true);
      service.clock.advance(1000);
      expect(await isOpen(), 'too late').to.equal(false);
    });

    for (const id of ['1', 'not-a-uuid', '00000000-0000-0000-0000-000000000000', UNKNOWN_ID, `${UNKNOWN_ID}0`, '%20'])
      it(`responds with 404 for ${id}`, async () => {
        const { status, body } = await ada.get(`${OPPORTUNITIES}/${id}`);
        expect([status, body.code]).to.deep.equal([404, 'not_found']);
      });
  });

  describe('who sees what', () => {
    for (const [status, who, sees] of [
      ['draft', 'its owner', true],
      ['draft', 'a stranger', false],
      ['draft', 'a moderator', true],
      ['draft', 'an admin', true],
      ['published', 'a stranger', true],
      ['closed', 'a stranger', true],
    ] as const)
      it(`${who} ${sees ? 'sees' : 'does not see'} a ${status} opportunity`, async () => {
        const { id } = await ada.posts({ status: status === 'draft' ? 'draft' : 'published' });
        if (status === 'closed') await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' });
        const reader = { 'its owner': ada, 'a stranger': bob, 'a moderator': moderator, 'an admin': admin }[who];
        expect((await reader.get(`${OPPORTUNITIES}/${id}`)).status).to.equal(sees ? 200 : 404);
      });

    it('a draft of another user looks like an opportunity that does not exist, for every method', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      for (const [method, action, body] of [
        ['GET', '', undefined],
        ['POST', '/publish', undefined],
        ['POST', '/close', { reason: 'filled' }],
      ] as const) {
        const [there, notThere] = await Promise.all(
          [id, UNKNOWN_ID].map(async (which) => {
            const path = `${OPPORTUNITIES}/${which}${action}`;
            const answer = await bob.call(method, path, { body, headers: { 'X-Request-Id': 'same' } });
            const changing = ['date', 'ratelimit'];
            return { ...answer, headers: [...answer.headers].filter(([name]) => !changing.includes(name)) };
          }),
        );
        expect(there!.status, action).to.equal(404);
        expect(there, action).to.deep.equal(notThere);
      }
    });
  });

  describe('POST /{id}/publish', () => {
    it('shows a draft to everyone', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      service.clock.advance(60_000);
      const { status, headers, body } = await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      expect([status, headers.get('ETag')]).to.deep.equal([200, '"2-open"']);
      expect(body).to.include({ status: 'published', version: 2, createdAt: NOW, isOpen: true });
      expect(body).to.include({ publishedAt: '2026-06-01T12:01:00.000Z', updatedAt: '2026-06-01T12:01:00.000Z' });
      expect((await bob.get(`${OPPORTUNITIES}/${id}`)).body).to.deep.equal(body);
    });

    it('accepts only an empty object as its body', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      const refused = await ada.post(`${OPPORTUNITIES}/${id}/publish`, { status: 'published' });
      expect([refused.status, refused.body.errors[0]?.pointer]).to.deep.equal([422, '#/status']);
      expect((await ada.post(`${OPPORTUNITIES}/${id}/publish`, 'null')).status).to.equal(422);
      expect((await ada.post(`${OPPORTUNITIES}/${id}/publish`, {})).status).to.equal(200);
    });

    it('lists every missing field of a draft, and does not change the draft', async () => {
      const draft = { type: 'job', title: 'Job', workMode: 'onsite', deadlineAt: NOW, status: 'draft' };
      const { id } = (await ada.post(OPPORTUNITIES, draft)).body;
      const { status, body } = await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      expect([status, body.code]).to.deep.equal([409, 'not_publishable']);
      expect(body.errors.map(({ pointer, code }) => `${String(pointer)} ${code}`)).to.have.members([
        '#/description required',
        '#/applyUrl required',
        '#/location required',
        '#/deadlineAt in_the_past',
      ]);
      expect((await ada.get(`${OPPORTUNITIES}/${id}`)).body).to.include({ status: 'draft', version: 1 });
    });
  });

  describe('POST /{id}/close', () => {
    for (const reason of ['filled', 'expired', 'cancelled', 'withdrawn'])
      it(`closes with the reason ${reason}`, async () => {
        const { id } = await ada.posts();
        const { status, headers, body } = await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason });
        expect([status, headers.get('ETag')]).to.deep.equal([200, '"2"']);
        expect(body).to.include({ status: 'closed', closeReason: reason, closedAt: NOW, version: 2, isOpen: false });
      });

    for (const [body, ...errors] of [
      [{}, '#/reason required'],
      [{ reason: 'bored' }, '#/reason unknown_value'],
      [{ reason: null }, '#/reason unknown_value'],
      [{ reason: ['filled'] }, '#/reason unknown_value'],
      [{ reason: 'filled', at: 1 }, '#/at unknown'],
      ['[]', '# invalid_type'],
    ] as const)
      it(`refuses ${JSON.stringify(body)}`, async () => {
        const { id } = await ada.posts();
        const answer = await ada.post(`${OPPORTUNITIES}/${id}/close`, body);
        expect([answer.status, answer.body.code]).to.deep.equal([422, 'validation_failed']);
        expect(answer.body.errors.map(({ pointer, code }) => `${String(pointer)} ${code}`)).to.deep.equal(errors);
      });

    it('requires a body', async () => {
      const { id } = await ada.posts();
      const { status, body } = await ada.post(`${OPPORTUNITIES}/${id}/close`);
      expect([status, body.code]).to.deep.equal([400, 'malformed_body']);
    });
  });

  describe('who may do what', () => {
    for (const [action, who, status] of [
      ['publish', 'a moderator', 403],
      ['publish', 'an admin', 200],
      ['close', 'a stranger', 403],
      ['close', 'a moderator', 200],
      ['close', 'an admin', 200],
    ] as const)
      it(`${who} ${status === 200 ? 'may' : 'may not'} ${action} an opportunity of another user`, async () => {
        const { id } = await ada.posts({ status: action === 'publish' ? 'draft' : 'published' });
        const actor = { 'a stranger': bob, 'a moderator': moderator, 'an admin': admin }[who];
        const answer = await actor.post(
          `${OPPORTUNITIES}/${id}/${action}`,
          action === 'close' ? { reason: 'filled' } : {},
        );
        expect(answer.status).to.equal(status);
        if (status === 403) expect(answer.body.code).to.equal('forbidden');
      });
  });

  describe('the state machine', () => {
    for (const [from, action] of [
      ['published', 'publish'],
      ['closed', 'publish'],
      ['draft', 'close'],
      ['closed', 'close'],
    ] as const)
      it(`refuses to ${action} a ${from} opportunity, and names its status`, async () => {
        const { id } = await ada.posts({ status: from === 'draft' ? 'draft' : 'published' });
        if (from === 'closed') await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' });
        const { body: before } = await ada.get(`${OPPORTUNITIES}/${id}`);
        const answer = await ada.post(
          `${OPPORTUNITIES}/${id}/${action}`,
          action === 'close' ? { reason: 'filled' } : {},
        );
        expect(answer.status).to.equal(409);
        expect(answer.body).to.include({ code: 'invalid_state', currentStatus: from });
        expect((await ada.get(`${OPPORTUNITIES}/${id}`)).body).to.deep.equal(before);
      });
  });

  it('lets exactly one of several simultaneous changes succeed', async () => {
    const { id } = await ada.posts({ status: 'draft' });
    const answers = await Promise.all([1, 2, 3, 4].map(() => ada.post(`${OPPORTUNITIES}/${id}/publish`)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409, 409, 409]);
    expect((await ada.get(`${OPPORTUNITIES}/${id}`)).body).to.include({ status: 'published', version: 2 });
  });

  describe('the events', () => {
    it('report every change in order, as CloudEvents, and never contain an e-mail address', async () => {
      const email = 'jobs@acme.example.com';
      const { id } = await ada.posts({ status: 'draft', applyEmail: email });
      await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      service.clock.advance(1500);
      const { body: resource } = await moderator.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'cancelled' });
      const events = await eventually(() =>
        service.broker.published.length === 3 ? service.broker.published : undefined,
      );

      const types = ['OpportunityCreated', 'OpportunityPublished', 'OpportunityClosed'] as const;
      events.forEach(({ id: eventId, key, attributes, payload }, index) => {
        const { type, schema } = OPPORTUNITY_EVENTS_V1[types[index]!];
        expect(eventId).to.match(UUID_V7);
        expect(key).to.equal(id);
        expect(attributes).to.include({
          specversion: '1.0',
          id: eventId,
          type: `opportunities.${types[index]!}.v1`,
          source: '/opportunities',
          subject: id,
          time: index < 2 ? NOW : '2026-06-01T12:00:01.500Z',
          dataschema: `urn:opportunities:schema:${type}`,
          sequence: String(index + 1),
          datacontenttype: 'application/json',
        });
        expect(schema.parse(JSON.parse(payload))).to.deep.equal(JSON.parse(payload));
        expect(JSON.stringify(events[index])).to.not.contain(email).and.not.contain('applyEmail');
      });
      expect(new Set(events.map((event) => event.id)).size, 'each with an id of its own').to.equal(3);

      const { applyEmail, isOpen, removalReason, ...state } = resource;
      expect([applyEmail, isOpen, removalReason]).to.deep.equal([email, false, null]);
      expect(JSON.parse(events[2]!.payload)).to.deep.equal({
        actorId: 'mo',
        occurredAt: '2026-06-01T12:00:01.500Z',
        reason: 'cancelled',
        opportunity: { ...state, deletedAt: null },
      });
    });

    it('report no refused request and no reading', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      await ada.post(OPPORTUNITIES, {});
      await bob.post(`${OPPORTUNITIES}/${id}/publish`);
      await moderator.post(`${OPPORTUNITIES}/${id}/publish`);
      await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' });
      await ada.get(`${OPPORTUNITIES}/${id}`);
      await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      const events = await eventually(() =>
        service.broker.published.length > 1 ? service.broker.published : undefined,
      );
      expect(events.map(({ attributes }) => attributes['type'])).to.deep.equal([
        'opportunities.OpportunityCreated.v1',
        'opportunities.OpportunityPublished.v1',
      ]);
    });
  });
});
