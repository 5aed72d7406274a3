import { expect } from 'chai';
import { fullDetails } from '../../support/opportunities/an-opportunity.ts';
import {
  type Body,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const MERGE_PATCH = 'application/merge-patch+json';

describe('PATCH and conditional requests', () => {
  let service: InMemoryService;
  let ada: Member;

  before(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
  });

  after(() => service.app.stop());

  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    ada.call('PATCH', `${OPPORTUNITIES}/${id}`, { body, headers });
  const read = async (id: string) => (await ada.get(`${OPPORTUNITIES}/${id}`)).body;
  const full = async () => ada.posts(JSON.parse(JSON.stringify(fullDetails())) as Body);

  describe('a merge patch', () => {
    for (const type of [MERGE_PATCH, 'application/json', `${MERGE_PATCH}; charset=utf-8`])
      it(`is accepted as ${type}`, async () => {
        const { id } = await ada.posts();
        const { status, body } = await patch(id, { title: 'Another title' }, { 'Content-Type': type });
        expect([status, body.title]).to.deep.equal([200, 'Another title']);
      });

    it('changes only the fields that it names', async () => {
      const before = await full();
      const { body } = await patch(before.id, { openings: 7, location: { city: 'Kraków' }, tags: ['other'] });
      const { location } = fullDetails();
      expect(body).to.deep.equal({
        ...before,
        openings: 7,
        location: { ...location, city: 'Kraków' },
        tags: ['other'],
        version: 2,
        updatedAt: body['updatedAt'],
      });
      expect(await read(before.id)).to.deep.equal(body);
    });

    it('clears fields that it sets to null', async () => {
      const { id } = await full();
      const { body } = await patch(id, {
        location: null,
        workMode: null,
        compensation: null,
        summary: null,
        tags: null,
      });
      expect(body).to.deep.include({ location: null, workMode: null, compensation: null, summary: null, tags: [] });
    });

    it('has no effect and causes no event when it changes no value', async () => {
      const before = await full();
      for (const body of [{}, { title: before.title }, { location: { city: 'Łódź' } }]) {
        const answer = await patch(before.id, body);
        expect([answer.status, answer.body]).to.deep.equal([200, before]);
      }
      expect(service.database.opportunities.get(before.id)?.version).to.equal(1);
    });

    it('is refused with all its errors, and then has no effect', async () => {
      const { id } = await ada.posts();
      const { status, body } = await patch(id, {
        title: null,
        description: null,
        status: 'closed',
        location: { latitude: 1 },
        openings: 0,
        nonsense: 1,
      });
      expect(status).to.equal(422);
      expect(body.errors.map(({ pointer, code }) => `${pointer} ${code}`)).to.have.members([
        '#/title required',
        '#/description required',
        '#/status unknown',
        '#/location/label required',
        '#/location/longitude required',
        '#/openings out_of_range',
        '#/nonsense unknown',
      ]);
      expect((await read(id)).title).to.equal('Backend internship');
    });

    for (const [what, body] of [
      ['an array', '[]'],
      ['a string', '"title"'],
      ['null', 'null'],
      ['a name that means something to JavaScript', '{"__proto__":{"title":"x"},"constructor":1}'],
      ['thousands of levels', '{"location":'.repeat(4000) + '1' + '}'.repeat(4000)],
    ] as const)
      it(`refuses ${what} as 422`, async () => {
        const { id } = await ada.posts();
        expect((await patch(id, body)).status).to.equal(422);
      });

    it('gets a list of the accepted media types', async () => {
      const { id } = await ada.posts();
      const { status, headers } = await patch(id, 'title: x', { 'Content-Type': 'text/plain' });
      expect([status, headers.get('Accept-Patch')]).to.deep.equal([415, `${MERGE_PATCH}, application/json`]);
    });

    it('may set a passed deadline on a closed opportunity, but not on a published one', async () => {
      const past = new Date(service.clock.now().getTime() - 1).toISOString();
      const { id } = await ada.posts();
      const refused = await patch(id, { deadlineAt: past });
      expect([refused.status, refused.body.errors[0]?.code]).to.deep.equal([422, 'in_the_past']);
      await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'expired' });
      expect((await patch(id, { deadlineAt: past })).status).to.equal(200);
    });
  });

  describe('If-Match', () => {
    const conditional = async (id: string, tag: string) =>
      (await patch(id, { title: `Title ${Math.random()}` }, { 'If-Match': tag })).status;

    it('accepts the current version, and refuses it after the next change', async () => {
      const { id } = await ada.posts();
      const tag = (await ada.get(`${OPPORTUNITIES}/${id}`)).headers.get('ETag')!;
      expect(await conditional(id, tag)).to.equal(200);
      const { status, body } = await patch(id, { title: 'Too late' }, { 'If-Match': tag });
      expect([status, body.code]).to.deep.equal([412, 'precondition_failed']);
      expect((await read(id)).title).to.not.equal('Too late');
    });

    for (const [tag, status] of [
      ['*', 200],
      ['"7", "1-open"', 200],
      ['"a,b",W/"7"  ,  "1-open"', 200],
      ['"7", 1-open', 400],
      ['"1"', 200],
      ['W/"1-open"', 412],
      ['"somebody-elses"', 412],
      ['"2"', 412],
      ['1', 400],
      ['"1', 400],
    ] as const)
      it(`${tag}: ${status}`, async () => {
        const { id } = await ada.posts();
        expect(await conditional(id, tag)).to.equal(status);
      });

    it('is checked before the patch, and so are permissions', async () => {
      const { id } = await ada.posts();
      const wrong = { title: '' };
      expect((await patch(id, wrong, { 'If-Match': '"9"' })).status).to.equal(412);
      const stranger = await service.as('stranger').call('PATCH', `${OPPORTUNITIES}/${id}`, { body: wrong });
      expect(stranger.status).to.equal(403);
    });

    it('applies to every change', async () => {
      const { id } = await ada.posts();
      const stale = { headers: { 'If-Match': '"9"' } };
      for (const [method, path, body] of [
        ['POST', '/close', { reason: 'filled' }],
        ['POST', '/publish', undefined],
        ['DELETE', '', undefined],
      ] as const)
        expect((await ada.call(method, `${OPPORTUNITIES}/${id}${path}`, { ...stale, body })).status).to.equal(412);
    });

    it('lets one of two simultaneous edits succeed, and refuses the other', async () => {
      const { id } = await ada.posts();
      const answers = await Promise.all(
        ['One', 'Two'].map((name) => patch(id, { title: `Title ${name}` }, { 'If-Match': '"1-open"' })),
      );
      expect(answers.map(({ status }) => status).sort()).to.satisfy(
        ([first, second]: number[]) => first === 200 && (second === 412 || second === 409),
      );
      const winner = answers.find(({ status }) => status === 200)!;
      expect((await read(id)).title).to.equal(winner.body.title);
    });
  });

  it('responds to a repeated deletion as to the first one, whatever version it names', async () => {
    const { id } = await ada.posts();
    for (let time = 0; time < 2; time++) {
      const headers = { 'If-Match': '"1-open"' };
      expect((await ada.call('DELETE', `${OPPORTUNITIES}/${id}`, { headers })).status).to.equal(204);
    }
  });

  describe('If-None-Match', () => {
    it('omits the body while the opportunity has not changed', async () => {
      const { id } = await ada.posts();
      const path = `${OPPORTUNITIES}/${id}`;
      const tag = (await ada.get(path)).headers.get('ETag')!;
      const again = async () => ada.call('GET', path, { headers: { 'If-None-Match': tag } });
      expect(await again()).to.deep.include({ status: 304, body: null });
      expect((await again()).headers.get('ETag')).to.equal(tag);
      await patch(id, { title: 'Another title' });
      expect((await again()).status).to.equal(200);
    });

    it('notices a passed deadline although nobody has changed the opportunity', async () => {
      const deadlineAt = new Date(service.clock.now().getTime() + 1000).toISOString();
      const { id } = await ada.posts({ deadlineAt });
      const path = `${OPPORTUNITIES}/${id}`;
      const tag = (await ada.get(path)).headers.get('ETag')!;
      service.clock.advance(2000);
      const { status, body } = await ada.call('GET', path, { headers: { 'If-None-Match': tag } });
      expect([status, body['isOpen'], body['version']]).to.deep.equal([200, false, 1]);
    });
  });
});
