import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('from a token of Django to a record on Kafka', () => {
  let environment: Record<string, string>;
  let consumer: Consumer;
  let api: ServiceProcess;
  let relay: ServiceProcess;

  before(async () => {
    environment = { DATABASE_URL: await createTestDatabase(), KAFKA_BROKERS: realServers().kafka.brokers };
    consumer = await startConsumer(realServers().kafka.brokers);
    // API and relay are separate processes, so that the test can look between the commit and the publication.
    api = await startService({ ...environment, ROLE: 'api' });
  });

  after(async () => {
    killAll();
    await consumer.stop();
  });

  /** Validates an event as a consumer does, who knows only the name of the type and the address of its schema. */
  async function published(id: string, count: number) {
    const records = await eventually(() => {
      const ofThis = consumer.received.filter(({ key }) => key === id);
      return ofThis.length >= count ? ofThis : undefined;
    }, 20_000);
    const ajv = formats.default(new Ajv2020());
    for (const { headers, payload } of records) {
      const schema = await fetch(`${api.url}/schemas/${headers['ce_type']}.json`);
      const isValid = ajv.compile({ ...((await schema.json()) as object), $id: `${headers['ce_id']}` });
      expect(isValid(JSON.parse(payload)), JSON.stringify(isValid.errors)).to.equal(true);
    }
    return records;
  }

  it('leads one transaction, then two events in order', async () => {
    const app = apiClient(api.url);

    const created = await app.post('', SOME_OPPORTUNITY);
    expect(created.status).to.equal(201);
    const id = created.body['id'] as string;

    const rows = await query(
      environment['DATABASE_URL']!,
      'SELECT outbox.key FROM outbox JOIN opportunity ON opportunity.xmin = outbox.xmin AND opportunity.id::text = outbox.key',
    );
    expect(rows, 'row and event were written by one transaction').to.deep.equal([{ key: id }]);

    relay = await startService({ ...environment, ROLE: 'relay' });
    await published(id, 1);
    const waiting = () => query(environment['DATABASE_URL']!, 'SELECT 1 FROM outbox');
    await eventually(async () => ((await waiting()).length === 0 ? true : undefined));

    const closed = await app.post(`/${id}/close`, { reason: 'filled' });
    expect(closed.body).to.include({ status: 'closed', closeReason: 'filled', isOpen: false, version: 2 });

    const [first, second] = await published(id, 2);
    expect(first?.headers).to.include({
      ce_specversion: '1.0',
      ce_type: 'opportunities.OpportunityCreated.v1',
      ce_subject: id,
      ce_sequence: '1',
      'content-type': 'application/json',
    });
    expect(second?.headers).to.include({ ce_type: 'opportunities.OpportunityClosed.v1', ce_sequence: '2' });
    expect(JSON.parse(second!.payload)).to.deep.include({ actorId: '42', reason: 'filled' });
    expect(await app.get(`/${id}`)).to.have.nested.property('body.status', 'closed');
  }).timeout(60_000);

  it('carries the trace of the caller into the record', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const token = apiClient(api.url, 'tracer');
    const created = await token.post('', SOME_OPPORTUNITY, { traceparent });
    const [record] = await published(created.body['id'] as string, 1);
    expect(record?.headers['traceparent']).to.match(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  }).timeout(30_000);

  it('ends with a clean shutdown of both processes', async () => {
    for (const service of [api, relay]) {
      service.kill('SIGTERM');
      expect(await service.exited, service.output()).to.equal(0);
    }
  }).timeout(30_000);
});
