import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { RevocationCache } from '#application/tokens/revocation-cache';
import { eventually } from '../../support/system/eventually.ts';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { NOTHING_REVOKED } from '../../support/tokens/nothing-revoked.ts';

describe('health', () => {
  let service: InMemoryService;

  afterEach(() => service.app.stop());

  const ask = (path: string) => service.anonymous('GET', path);

  describe('of the whole service', () => {
    beforeEach(async () => {
      service = await startInMemoryService();
    });

    it('is live while the process runs, even if its dependencies are down', async () => {
      service.database.away = true;
      service.broker.away = true;
      const { status, body } = await ask('/health/live');
      expect([status, body]).to.deep.equal([200, { status: 'live' }]);
    });

    it('is ready, and reports the state of each dependency', async () => {
      const { status, headers, body } = await ask('/health/ready');
      expect([status, headers.get('Cache-Control')]).to.deep.equal([200, 'no-store']);
      const outbox = { waiting: 0, oldestSeconds: 0, parkedKeys: 0 };
      expect(body).to.deep.equal({
        status: 'ready',
        database: 'up',
        broker: 'up',
        outbox,
        revocations: 'up to date',
      });
    });

    it('is unready while the database is down, and ready again afterwards', async () => {
      service.database.away = true;
      const { status, headers, body } = await ask('/health/ready');
      expect([status, headers.get('Content-Type')]).to.deep.equal([503, 'application/json; charset=utf-8']);
      expect(body).to.include({ status: 'unready', database: 'down' });
      service.database.away = false;
      expect((await ask('/health/ready')).status).to.equal(200);
    });

    it('stays ready while the broker is down, and shows the waiting messages', async () => {
      service.broker.away = true;
      await service.as('ada').posts();
      const { status, body } = await ask('/health/ready');
      const { oldestSeconds, ...counts } = body['outbox'] as { oldestSeconds: number };
      expect([status, body['broker'], counts]).to.deep.equal([200, 'down', { waiting: 1, parkedKeys: 0 }]);
      expect(oldestSeconds).to.be.within(0, 10);
    });
  });

  for (const [state, status] of [
    ['up to date', 200],
    ['stale', 200],
    ['unavailable', 503],
  ] as const)
    it(`is ${status === 200 ? 'ready' : 'unready'} while what was revoked is ${state}`, async () => {
      const cache = { ...NOTHING_REVOKED, state: () => state };
      const known = new ContainerModule(({ rebind }) => {
        rebind(RevocationCache).toConstantValue(cache as Partial<RevocationCache> as RevocationCache);
      });
      service = await startInMemoryService({}, known);
      const { status: answered, body } = await ask('/health/ready');
      expect([answered, body['revocations'], body['database']]).to.deep.equal([status, state, 'up']);
    });

  it('does not wait for a dependency that hangs', async () => {
    const never = () => new Promise<never>(() => undefined);
    const hanging = new ContainerModule(({ rebind }) => {
      rebind(DatabaseHealth).toConstantValue({ check: never });
      rebind(BrokerHealth).toConstantValue({ state: never, shards: never });
      rebind(OutboxHealth).toConstantValue({ backlog: never });
    });
    service = await startInMemoryService({}, hanging);
    const { status, body } = await ask('/health/ready');
    expect(status).to.equal(503);
    expect(body).to.deep.equal({
      status: 'unready',
      database: 'down',
      broker: 'down',
      outbox: 'unknown',
      revocations: 'up to date',
    });
  });

  describe('by role', () => {
    it('a relay serves only its health and metrics, and publishes messages', async () => {
      service = await startInMemoryService({ ROLE: 'relay' });
      for (const path of ['/health/live', '/health/ready']) expect((await ask(path)).status, path).to.equal(200);
      expect((await ask('/health/ready')).body, 'it looks at no tokens').not.to.have.property('revocations');
      const ada = service.as('ada');
      const answers = [await ada.get(`${OPPORTUNITIES}?mine=true`), await ada.post(OPPORTUNITIES, {})];
      expect(answers.map(({ status, body }) => [status, body.code])).to.deep.equal([
        [404, 'not_found'],
        [404, 'not_found'],
      ]);
      service.database.enqueue({ id: 'event', key: 'key', attributes: {}, payload: '{}' });
      expect(await eventually(() => service.broker.published[0])).to.include({ id: 'event' });
    });

    it('an api process writes messages and leaves them to a relay', async () => {
      service = await startInMemoryService({ ROLE: 'api' });
      await service.as('ada').posts();
      // A relay would have polled the outbox by then.
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect([service.database.outbox.length, service.broker.published.length]).to.deep.equal([1, 0]);
      expect((await ask('/health/ready')).status).to.equal(200);
    });
  });
});
