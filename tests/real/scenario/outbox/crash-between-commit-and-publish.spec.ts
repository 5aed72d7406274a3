import { expect } from 'chai';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('a crash between commit and publication', () => {
  let consumer: Consumer;

  before(async () => {
    consumer = await startConsumer(realServers().kafka.brokers);
  });

  after(async () => {
    realServers().kafka.kill('SIGCONT');
    killAll();
    await consumer.stop();
  });

  it('delays the event and does not lose it', async () => {
    const { kafka } = realServers();
    const environment = { DATABASE_URL: await createTestDatabase(), KAFKA_BROKERS: kafka.brokers };
    const service = await startService(environment);

    // This broker accepts connections and never responds, so that the event is committed and cannot be published.
    kafka.kill('SIGSTOP');
    const created = await apiClient(service.url).post('', SOME_OPPORTUNITY);
    expect(created.status).to.equal(201);
    const id = created.body['id'] as string;
    service.kill('SIGKILL');
    expect(await service.exited).to.equal(null);
    expect(await query(environment.DATABASE_URL, 'SELECT key FROM outbox')).to.deep.equal([{ key: id }]);
    kafka.kill('SIGCONT');

    await startService(environment);
    const records = await eventually(() => {
      const ofThis = consumer.received.filter(({ key }) => key === id);
      return ofThis.length > 0 ? ofThis : undefined;
    }, 30_000);
    // Delivery is at least once, so the same event may arrive twice.
    expect(new Set(records.map(({ headers }) => headers['ce_id'])).size).to.equal(1);
    await eventually(async () => {
      const waiting = await query(environment.DATABASE_URL, 'SELECT 1 FROM outbox');
      return waiting.length === 0 ? true : undefined;
    }, 30_000);
  }).timeout(90_000);
});
