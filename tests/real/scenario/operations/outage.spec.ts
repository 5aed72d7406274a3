import { expect } from 'chai';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('an outage while the app keeps posting', () => {
  let service: ServiceProcess;
  let database: string;
  let consumer: Consumer;

  before(async () => {
    const { kafka } = realServers();
    database = await createTestDatabase();
    consumer = await startConsumer(kafka.brokers);
    service = await startService({ DATABASE_URL: database, KAFKA_BROKERS: kafka.brokers });
  });

  after(async () => {
    killAll();
    await consumer.stop();
  });

  /** Posts without pause until the work is done. @returns the ids of the 201 responses, and all statuses. */
  async function postDuring(work: () => Promise<void>) {
    const app = apiClient(service.url);
    const promised: string[] = [];
    const statuses = new Set<number>();
    let working = true;
    const posting = Array.from({ length: 4 }, async () => {
      while (working) {
        const { status, body } = await app.post('', SOME_OPPORTUNITY);
        statuses.add(status);
        if (status === 201) promised.push(body['id'] as string);
      }
    });
    await work().finally(() => (working = false));
    await Promise.all(posting);
    return { promised, statuses };
  }

  /** Expects that every id of a 201 response is stored, and that exactly the stored opportunities are published. */
  async function everythingArrived(promised: string[]): Promise<void> {
    await eventually(
      async () => ((await query(database, 'SELECT 1 FROM outbox')).length === 0 ? true : undefined),
      60_000,
    );
    const stored = (await query<{ id: string }>(database, 'SELECT id FROM opportunity')).map(({ id }) => id);
    const ours = new Set(stored);
    expect(stored).to.include.members(promised);
    await eventually(() => {
      const arrived = new Set(consumer.received.map(({ key }) => key).filter((key) => ours.has(key)));
      return arrived.size === ours.size ? true : undefined;
    }, 60_000);
  }

  it('of PostgreSQL loses no opportunity that got a 201 response', async () => {
    const { postgres } = realServers();
    const { promised, statuses } = await postDuring(async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      postgres.kill('SIGKILL');
      await postgres.exited;
      await eventually(async () => ((await fetch(`${service.url}/health/ready`)).status === 503 ? true : undefined));
      await postgres.restart();
      await eventually(async () => ((await fetch(`${service.url}/health/ready`)).ok ? true : undefined), 30_000);
      await eventually(async () =>
        (await apiClient(service.url).post('', SOME_OPPORTUNITY)).status === 201 ? true : undefined,
      );
    });
    expect([...statuses]).to.have.members([201, 503]);
    await everythingArrived(promised);
  }).timeout(150_000);

  it('of Kafka does not stop the API, and every event is published afterwards', async () => {
    const { kafka } = realServers();
    const readiness = new Set<number>();
    const posted = postDuring(async () => {
      kafka.kill('SIGKILL');
      await kafka.exited;
      await eventually(async () => {
        const ready = await fetch(`${service.url}/health/ready`);
        readiness.add(ready.status);
        return ((await ready.json()) as { broker: string }).broker === 'down' ? true : undefined;
      });
    });
    // Other tests need the broker, even when this one has failed.
    const { promised, statuses } = await posted.finally(() => kafka.restart());
    expect([...statuses]).to.deep.equal([201]);
    expect([...readiness]).to.deep.equal([200]);
    await everythingArrived(promised);
  }).timeout(150_000);
});
