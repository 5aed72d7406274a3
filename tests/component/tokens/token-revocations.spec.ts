import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/application-error';
import { inMemoryPersistence } from '../../support/in-memory/in-memory-persistence.ts';
import { eventually } from '../../support/system/eventually.ts';
import {
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { inMemoryUserEvents, UserTopic } from '../../support/in-memory/in-memory-user-events.ts';
import { InMemoryTokenVerifier, inMemoryTokens } from '../../support/in-memory/in-memory-token-verifier.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { rejection } from '../../support/system/rejection.ts';
import { startApp } from '../../support/http/start-app.ts';

const REVOCATIONS = '/api/v1/token-revocations';
const MINE = `${OPPORTUNITIES}?mine=true`;

describe('the revocation of tokens', () => {
  let service: InMemoryService;
  let admin: Member;
  let ada: Member;

  afterEach(() => service.app.stop());

  const start = async (environment: Record<string, string> = {}) => {
    service = await startInMemoryService(environment);
    admin = service.as('boss', 'admin');
    ada = service.as('ada');
  };
  const put = (userId: string, body?: unknown, by = admin) =>
    by.call('PUT', `${REVOCATIONS}/${userId}`, body === undefined ? {} : { body });
  const earlier = (milliseconds: number) => new Date(service.clock.now().getTime() - milliseconds).toISOString();

  describe('over HTTP', () => {
    beforeEach(() => start());

    it('refuses old tokens at once, and accepts the token of a new login', async () => {
      expect((await ada.get(MINE)).status).to.equal(200);
      service.clock.advance(500);
      const { status, body } = await put('ada');
      expect(status).to.equal(200);
      expect(body).to.deep.equal({ userId: 'ada', validAfter: earlier(0), reason: null });

      const refused = await ada.get(MINE);
      expect([refused.status, refused.body.code, refused.body['title']]).to.deep.equal([
        401,
        'token_revoked',
        'Invalid token',
      ]);
      expect(refused.headers.get('WWW-Authenticate')).to.match(/error="invalid_token"/);
      expect((await service.as('ada').get(MINE)).status, 'a token from the same second').to.equal(401);
      service.clock.advance(500);
      expect((await service.as('ada').get(MINE)).status).to.equal(200);
      expect((await service.as('grace').get(MINE)).status).to.equal(200);
      expect((await ada.get(MINE)).status).to.equal(401);
    });

    it('accepts an instant and a reason, can be repeated, and never moves back', async () => {
      const body = { validAfter: earlier(5000), reason: 'logged out' };
      for (const expected of [1, 2])
        expect((await put('42', body)).body, String(expected)).to.deep.equal({ userId: '42', ...body });
      expect((await put('42', { validAfter: earlier(9000), reason: 'older' })).body).to.deep.equal({
        userId: '42',
        ...body,
      });
      const { status, body: read } = await admin.get(`${REVOCATIONS}/42`);
      expect([status, read]).to.deep.equal([200, { userId: '42', ...body }]);
      const abroad = service.clock.now().toISOString().replace('Z', '+00:00');
      expect((await put('42', { validAfter: abroad })).body['validAfter']).to.equal(earlier(0));
    });

    it('works for every user id that a token can have', async () => {
      service.clock.advance(1);
      for (const userId of ['a/b', 'ada@example.org', 'ключ 🔑', '%', '%41', 'x'.repeat(128)]) {
        const path = encodeURIComponent(userId);
        expect((await put(path)).body['userId']).to.equal(userId);
        expect((await admin.get(`${REVOCATIONS}/${path}`)).body['userId']).to.equal(userId);
        expect((await service.as(userId).get(MINE)).body.code).to.equal('token_revoked');
      }
      expect((await service.as('A').get(MINE)).status).to.equal(200);
    });

    it('responds with 404 to text that cannot be a user id, and for a user without a revocation', async () => {
      for (const userId of ['x'.repeat(129), '%00', '%0A', '%E2%80%AE'])
        expect((await put(userId, {})).body.code, userId).to.equal('not_found');
      const { status, body } = await admin.get(`${REVOCATIONS}/nobody`);
      expect([status, body.code]).to.deep.equal([404, 'not_found']);
    });

    it('is allowed for admins only', async () => {
      for (const member of [ada, service.as('mo', 'moderator')]) {
        for (const answer of [await put('grace', {}, member), await member.get(`${REVOCATIONS}/grace`)])
          expect([answer.status, answer.body.code]).to.deep.equal([403, 'forbidden']);
      }
      const anonymous = await service.anonymous('PUT', `${REVOCATIONS}/grace`, { body: {} });
      expect([anonymous.status, anonymous.body.code]).to.deep.equal([401, 'token_missing']);
      expect(service.database.revocations.size).to.equal(0);
    });

    it('reports all violations at once', async () => {
      const { status, body } = await put('ada', {
        validAfter: earlier(-61_000),
        reason: 'x'.repeat(201),
        until: 'tomorrow',
      });
      expect([status, body.errors.map(({ pointer, code }) => `${String(pointer)} ${code}`)]).to.deep.equal([
        422,
        ['#/until unknown', '#/validAfter in_the_future', '#/reason too_long'],
      ]);
      for (const wrong of [
        { validAfter: 'now' },
        { validAfter: null },
        { validAfter: '1969-12-31T23:59:59Z' },
        { validAfter: 1 },
        { reason: 1 },
        { reason: 'two\nlines' },
        [],
        'null',
      ])
        expect((await put('ada', wrong)).status, JSON.stringify(wrong)).to.equal(422);
      expect(service.database.revocations.size).to.equal(0);
    });

    it('lets an admin revoke their own tokens', async () => {
      service.clock.advance(1);
      expect((await put('boss')).status).to.equal(200);
      expect((await admin.get(`${REVOCATIONS}/boss`)).body.code).to.equal('token_revoked');
    });

    it('responds with 503 while the storage is away', async () => {
      service.database.away = true;
      for (const answer of [await put('ada', {}), await admin.get(`${REVOCATIONS}/ada`)])
        expect([answer.status, answer.headers.get('Retry-After')]).to.deep.equal([503, '2']);
    });
  });

  it('holds for tokens that a replaced verifier accepts', async () => {
    const verifier = new InMemoryTokenVerifier(new FixedClock(SOME_DAY));
    service = await startInMemoryService({}, inMemoryTokens(verifier));
    const call = (method: string, path: string, token: string) =>
      service.anonymous(method, path, { headers: { Authorization: `Bearer ${token}` } });
    const [boss, token] = [verifier.issue('boss', { role: 'admin' }), verifier.issue('ada')];
    expect((await call('GET', MINE, token)).status).to.equal(200);
    service.clock.advance(1);
    expect((await call('PUT', `${REVOCATIONS}/ada`, boss)).status).to.equal(200);
    expect((await call('GET', MINE, token)).body.code).to.equal('token_revoked');
  });

  it('by another process takes effect here within seconds', async () => {
    await start();
    const { revocations } = service.database;
    service.database.lastRevocation += 1;
    revocations.set('ada', {
      userId: 'ada',
      validAfter: new Date(service.clock.now().getTime() + 1),
      reason: null,
      change: service.database.lastRevocation,
    });
    await eventually(async () => ((await ada.get(MINE)).status === 401 ? true : undefined));
  });

  it('by the token issuer takes effect here within seconds', async () => {
    const topic = new UserTopic();
    service = await startInMemoryService({}, inMemoryUserEvents(topic));
    ada = service.as('ada');
    topic.send({ userId: 'ada', validAfter: new Date(service.clock.now().getTime() + 1), reason: 'deactivated' });
    await eventually(async () => ((await ada.get(MINE)).status === 401 ? true : undefined));
  });

  it('by the token issuer is not read by a process with the role api', async () => {
    const topic = new UserTopic();
    service = await startInMemoryService({ ROLE: 'api' }, inMemoryUserEvents(topic));
    topic.send({ userId: 'ada', validAfter: new Date(), reason: 'deactivated' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(topic.committed).to.equal(0);
  });

  describe('while the revocation cache is stale', () => {
    const goStale = () => {
      service.database.away = true;
      service.clock.advance(30_001);
    };
    const readiness = async () => {
      const { status, body } = await service.anonymous('GET', '/health/ready');
      return [status, body['revocations']];
    };

    it('refuses only the tokens that it knows to be revoked, with the setting open', async () => {
      await start();
      const grace = service.as('grace');
      service.clock.advance(1);
      await put('grace');
      expect(await readiness()).to.deep.equal([200, 'up to date']);
      goStale();
      // An invalid body is refused before the storage is needed, but only after authentication.
      expect((await ada.post(OPPORTUNITIES, {})).status).to.equal(422);
      expect((await grace.post(OPPORTUNITIES, {})).body.code).to.equal('token_revoked');
      expect(await readiness()).to.deep.equal([503, 'stale']);
      service.database.away = false;
      expect((await readiness())[0], 'the storage is back, and stale revocations do not matter').to.equal(200);
    });

    it('refuses all tokens and says when to come back, with the setting closed', async () => {
      await start({ JWT_REVOCATION_FAILURE: 'closed', PUBLIC_READ: 'true' });
      expect(await readiness()).to.deep.equal([200, 'up to date']);
      goStale();
      for (const answer of [await ada.post(OPPORTUNITIES, {}), await ada.get(MINE)])
        expect([answer.status, answer.body.code, answer.headers.get('Retry-After')]).to.deep.equal([
          503,
          'revocations_unavailable',
          '2',
        ]);
      expect(await readiness()).to.deep.equal([503, 'unavailable']);
      service.database.away = false;
      expect((await service.anonymous('GET', OPPORTUNITIES)).status, 'without a token').to.equal(200);
      await eventually(async () => ((await ada.get(MINE)).status === 200 ? true : undefined));
      expect(await readiness()).to.deep.equal([200, 'up to date']);
    });
  });

  it('is required before the first request: without the revocations the start fails', async () => {
    await start();
    const away = () => Promise.reject(new StorageUnavailable('The store is away.'));
    const unreadable = new ContainerModule(({ rebind }) => {
      rebind(RevocationStore).toConstantValue({ record: away, find: away, since: away });
    });
    expect(await rejection(startApp(inMemoryPersistence(service.database), unreadable))).to.have.property(
      'message',
      'The store is away.',
    );
  });
});
