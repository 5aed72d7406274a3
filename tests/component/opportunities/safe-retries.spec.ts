import { expect } from 'chai';
import { TRANSITIONS } from '#domain/opportunities/opportunity-status';
import type { PostedAction } from '#interfaces/http/opportunities/opportunity-schemas';
import { wayTo } from '../../support/opportunities/life-cycle.ts';
import { eventually } from '../../support/system/eventually.ts';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const HOUR = 3_600_000;

describe('Idempotency-Key', () => {
  let service: InMemoryService;
  let ada: Member;

  beforeEach(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
  });

  afterEach(() => service.app.stop());

  const post = (path: string, key: string, body?: unknown, member = ada) =>
    member.call('POST', `${OPPORTUNITIES}${path}`, { headers: { 'Idempotency-Key': key }, body });
  const answered = ({ status, headers, body }: Answer) => ({
    status,
    body,
    etag: headers.get('ETag'),
    location: headers.get('Location'),
  });

  it('gives all requests the effect and the response of one request', async () => {
    const first = await post('', 'a-key', SMALLEST);
    expect(first.status).to.equal(201);
    expect(first.headers.has('Idempotent-Replayed')).to.equal(false);
    for (let time = 0; time < 3; time++) {
      const again = await post('', 'a-key', SMALLEST);
      expect(answered(again)).to.deep.equal(answered(first));
      expect(again.headers.get('Idempotent-Replayed')).to.equal('true');
    }
    expect(service.database.opportunities.size).to.equal(1);
    await eventually(() => (service.broker.published.length > 0 ? true : undefined));
    expect(service.broker.published).to.have.length(1);
  });

  it('replays the first response, even if the opportunity has changed since', async () => {
    const first = await post('', 'a-key', { ...SMALLEST, deadlineAt: '2026-06-02T00:00:00.000Z' });
    await ada.call('PATCH', `${OPPORTUNITIES}/${first.body.id}`, { body: { title: 'Another title' } });
    await ada.call('DELETE', `${OPPORTUNITIES}/${first.body.id}`);
    const again = await post('', 'a-key', { ...SMALLEST, deadlineAt: '2026-06-02T00:00:00.000Z' });
    expect(answered(again)).to.deep.equal(answered(first));
  });

  describe('repeated after the deadline has passed', () => {
    const deadlineAt = '2026-06-01T13:00:00.000Z';
    const inThePast = [
      { pointer: '#/deadlineAt', code: 'in_the_past', detail: 'deadlineAt must be in the future to publish' },
    ];
    const problem = (answer: Answer, ...members: string[]) => members.map((member) => answer.body[member]);

    it('still replays the first response', async () => {
      const first = await post('', 'a-key', { ...SMALLEST, deadlineAt });
      expect([first.status, first.body['isOpen']]).to.deep.equal([201, true]);
      service.clock.advance(2 * HOUR);
      const again = await post('', 'a-key', { ...SMALLEST, deadlineAt });
      expect(answered(again)).to.deep.equal(answered(first));
      expect(again.headers.get('Idempotent-Replayed')).to.equal('true');
      expect(service.database.opportunities.size).to.equal(1);
    });

    for (const action of ['publish', 'reopen'] as const)
      it(`still gives the answer of that /${action}`, async () => {
        const { id } = await ada.posts({ deadlineAt, status: action === 'publish' ? 'draft' : 'published' });
        if (action === 'reopen') await ada.post(`${OPPORTUNITIES}/${id}/close`, { reason: 'filled' });
        const first = await post(`/${id}/${action}`, 'a-key');
        expect(first.status).to.equal(200);
        service.clock.advance(2 * HOUR);
        const again = await post(`/${id}/${action}`, 'a-key');
        expect(answered(again)).to.deep.equal(answered(first));
        expect(again.headers.get('Idempotent-Replayed')).to.equal('true');
      });

    it('refuses a new request like one without a key, and the key stays usable', async () => {
      service.clock.advance(2 * HOUR);
      const bare = await ada.post(OPPORTUNITIES, { ...SMALLEST, deadlineAt });
      expect(bare.status).to.equal(422);
      expect(problem(bare, 'code', 'detail', 'errors')).to.deep.equal([
        'validation_failed',
        'The body is not valid.',
        inThePast,
      ]);
      for (let time = 0; time < 2; time++) {
        const keyed = await post('', 'a-key', { ...SMALLEST, deadlineAt });
        expect({ ...keyed.body, instance: '' }).to.deep.equal({ ...bare.body, instance: '' });
      }
      expect((await post('', 'a-key', { ...SMALLEST, deadlineAt: '2026-06-02T00:00:00.000Z' })).status).to.equal(201);
    });

    it('reports the passed deadline together with all other errors', async () => {
      service.clock.advance(2 * HOUR);
      for (const [other, pointer] of [
        [{ title: 'x' }, '#/title'],
        [{ title: 5 }, '#/title'],
        [{ titel: 'x' }, '#/titel'],
        [{ description: null }, '#/description'],
      ] as const) {
        const { status, body } = await post('', 'a-key', { ...SMALLEST, ...other, deadlineAt });
        expect(status).to.equal(422);
        expect(body.errors.map((error) => error.pointer)).to.have.members(['#/deadlineAt', pointer]);
      }
    });

    it('refuses a key that was used for another request', async () => {
      await post('', 'a-key', SMALLEST);
      service.clock.advance(2 * HOUR);
      const { status, body } = await post('', 'a-key', { ...SMALLEST, deadlineAt });
      expect([status, body.code]).to.deep.equal([422, 'idempotency_key_reused']);
    });
  });

  /** The body that each action needs. */
  const bodies: Record<PostedAction, object | undefined> = {
    publish: undefined,
    close: { reason: 'filled' },
    reopen: undefined,
    remove: { reason: 'Not what this place is for.' },
    restore: undefined,
  };

  for (const [action, body] of Object.entries(bodies) as [PostedAction, object | undefined][])
    it(`makes /${action} safe to repeat`, async () => {
      const admin = service.as('root', 'admin');
      const { id } = await admin.posts({ status: 'draft' });
      const before = wayTo(TRANSITIONS[action].from[0]).filter((each) => each !== 'edit' && each !== 'delete');
      for (const step of before) await admin.post(`${OPPORTUNITIES}/${id}/${step}`, bodies[step]);
      const first = await post(`/${id}/${action}`, 'k', body, admin);
      expect(first.status).to.equal(200);
      expect(answered(await post(`/${id}/${action}`, 'k', body, admin))).to.deep.equal(answered(first));
      expect((await post(`/${id}/${action}`, 'another-key', body, admin)).status).to.equal(409);
    });

  it('is the same bare and in quotes', async () => {
    const first = await post('', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', SMALLEST);
    const again = await post('', '8e03978e-40d5-43dd-bc93-6894a57f9324', SMALLEST);
    expect(again.body.id).to.equal(first.body.id);
  });

  it('stands for one path and one body', async () => {
    const { body } = await post('', 'a-key', SMALLEST);
    for (const [path, other] of [
      ['', { ...SMALLEST, title: 'Another title' }],
      [`/${body.id}/close`, { reason: 'filled' }],
    ] as const) {
      const answer = await post(path, 'a-key', other);
      expect([answer.status, answer.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
    }
    expect(service.database.opportunities.size).to.equal(1);
  });

  it('belongs to one user', async () => {
    const mine = await post('', 'a-key', SMALLEST);
    const theirs = await post('', 'a-key', SMALLEST, service.as('bob'));
    expect([theirs.status, theirs.headers.has('Idempotent-Replayed')]).to.deep.equal([201, false]);
    expect(theirs.body.id).to.not.equal(mine.body.id);
  });

  it('stays usable after a refused request', async () => {
    expect((await post('', 'a-key', { ...SMALLEST, title: 'x' })).status).to.equal(422);
    expect((await post('', 'a-key', SMALLEST)).status).to.equal(201);
  });

  it('lets exactly one of many simultaneous requests take effect', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('', 'a-key', SMALLEST)));
    expect(service.database.opportunities.size).to.equal(1);
    for (const { status, body } of answers)
      if (status !== 201) expect([status, body.code]).to.deep.equal([409, 'idempotency_key_in_use']);
  });

  for (const [what, key] of [
    ['empty', ''],
    ['empty in quotes', '""'],
    ['too long', 'x'.repeat(256)],
    ['open at one end', '"abc'],
    ['not ASCII', 'k\u00e9y'],
  ] as const)
    it(`is refused when it is ${what}`, async () => {
      const { status, body } = await post('', key, SMALLEST);
      expect([status, body.code]).to.deep.equal([400, 'bad_request']);
      expect(service.database.opportunities.size).to.equal(0);
    });
});
