import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { eventually } from '../support/eventually.ts';
import { type InMemoryService, OPPORTUNITIES, startInMemoryService } from '../support/in-memory-service.ts';
import { NOTHING_REVOKED } from '../support/nothing-revoked.ts';

describe('health', () => {
  let service: InMemoryService;

  afterEach(() => service.app.stop());

  const ask = (path: string) => service.anonymous('GET', path);

  describe('of the whole service', () => {
    beforeEach(async () => {
      service = await startInMemoryService();
    });

    it('is live while the process runs, whatever else is away', async () => {
      service.database.away = true;
      service.broker.away = true;
      const { status, body } = await ask('/health/live');
      expect([status, body]).to.deep.equal([200, { status: 'live' }]);
    });

    it('is ready, and says of what', async () => {
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

    it('is unready while the database is away, and ready again after', async () => {
      service.database.away = true;
      const { status, headers, body } = await ask('/health/ready');
      expect([status, headers.get('Content-Type')]).to.deep.equal([503, 'application/json; charset=utf-8']);
      expect(body).to.include({ status: 'unready', database: 'down' });
      service.database.away = false;
      expect((await ask('/health/ready')).status).to.equal(200);
    });

    it('stays ready while the broker is away, and shows the events that wait', async () => {
      service.broker.away = true;
      await service.as('ada').posts();
      const { status, body } = await ask('/health/ready');
      const outbox = { waiting: 1, oldestSeconds: 0, parkedKeys: 0 };
      expect([status, body['broker'], body['outbox']]).to.deep.equal([200, 'down', outbox]);
    });
  });

  for (const [state, status] of [
    ['up to date', 200],
    ['stale', 200],
    ['unavailable', 503],
  ] as const)
    it(`is ${status === 200 ? 'ready' : 'unready'} while what was revoked is ${state}`, async () => {
      const known = new ContainerModule(({ rebind }) => {
        rebind(TokenRevocations).toConstantValue({ ...NOTHING_REVOKED, state: () => state });
      });
      service = await startInMemoryService({}, known);
      const { status: answered, body } = await ask('/health/ready');
      expect([answered, body['revocations'], body['database']]).to.deep.equal([status, state, 'up']);
    });

  it('does not wait for a part that hangs', async () => {
    const never = () => new Promise<never>(() => undefined);
    const hanging = new ContainerModule(({ rebind }) => {
      rebind(DatabaseHealth).toConstantValue({ check: never });
      rebind(BrokerHealth).toConstantValue({ state: never, partitions: never });
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
    it('relay answers health and nothing else, and relays', async () => {
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

    it('api writes events and leaves them to a relay', async () => {
      service = await startInMemoryService({ ROLE: 'api' });
      await service.as('ada').posts();
      // Longer than the pause between two looks of a relay.
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect([service.database.outbox.length, service.broker.published.length]).to.deep.equal([1, 0]);
      expect((await ask('/health/ready')).status).to.equal(200);
    });
  });
});
