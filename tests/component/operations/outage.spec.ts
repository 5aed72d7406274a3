import { expect } from 'chai';
import { eventually } from '../../support/system/eventually.ts';
import {
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

describe('while a server is away', () => {
  let service: InMemoryService;
  let ada: Member;

  beforeEach(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
  });

  afterEach(() => service.app.stop());

  const eventIds = () => service.broker.published.map(({ key }) => key);

  describe('the database', () => {
    it('every operation responds with 503 and Retry-After', async () => {
      const { id } = await ada.posts({ status: 'draft' });
      service.database.away = true;
      for (const [method, path, body] of [
        ['POST', OPPORTUNITIES, SMALLEST],
        ['GET', `${OPPORTUNITIES}?mine=true`, undefined],
        ['GET', `${OPPORTUNITIES}/${id}`, undefined],
        ['POST', `${OPPORTUNITIES}/${id}/publish`, undefined],
        ['POST', `${OPPORTUNITIES}/${id}/close`, { reason: 'filled' }],
      ] as const) {
        const answer = await ada.call(method, path, { body });
        expect([answer.status, answer.body.code], `${method} ${path}`).to.deep.equal([503, 'storage_unavailable']);
        expect(answer.headers.get('Retry-After')).to.equal('2');
      }
    });

    it('paths that need no database respond as usual', async () => {
      service.database.away = true;
      expect((await ada.post(OPPORTUNITIES, {})).status).to.equal(422);
      expect((await service.anonymous('POST', OPPORTUNITIES, { body: SMALLEST })).status).to.equal(401);
    });

    it('everything works again when the database is back', async () => {
      const before = await ada.posts();
      // A message whose acknowledgement is lost would be published again.
      await eventually(() => (service.database.outbox.length === 0 ? true : undefined));
      service.database.away = true;
      expect((await ada.post(OPPORTUNITIES, SMALLEST)).status).to.equal(503);
      service.database.away = false;
      const after = await ada.posts();
      const { body } = await ada.get(`${OPPORTUNITIES}?mine=true`);
      expect(body.items.map(({ id }) => id)).to.deep.equal([after.id, before.id]);
      expect(await eventually(() => (eventIds().length > 1 ? eventIds() : undefined))).to.deep.equal([
        before.id,
        after.id,
      ]);
    });
  });

  describe('the broker', () => {
    it('requests are served, and their messages arrive once and in order when the broker is back', async () => {
      service.broker.away = true;
      const { id } = await ada.posts({ status: 'draft' });
      await ada.post(`${OPPORTUNITIES}/${id}/publish`);
      expect((await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' })).status).to.equal(200);
      expect([eventIds(), service.database.outbox.length]).to.deep.equal([[], 3]);

      service.broker.away = false;
      await eventually(() => (service.database.outbox.length === 0 ? true : undefined));
      expect(service.broker.published.map(({ key, attributes }) => [key, attributes['sequence']])).to.deep.equal([
        [id, '1'],
        [id, '2'],
        [id, '3'],
      ]);
    });
  });
});
