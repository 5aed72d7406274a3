import { SystemTimer } from '#infrastructure/system/system-timer';
import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { createOrm } from '#infrastructure/persistence/orm';
import { bucketOf } from '#infrastructure/persistence/outbox/outbox-tables';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { anOpportunity, someId } from '../../../support/opportunities/an-opportunity.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** A row of the outbox, word for word as version 0.1.0 wrote it before messages had attributes. */
const ROW_OF_THE_VERSION_BEFORE = {
  id: '01900000-0000-7000-9000-00000000abcd',
  key: '01900000-0000-7000-8000-00000000abcd',
  headers: `{"ce_specversion": "1.0", "ce_id": "01900000-0000-7000-9000-00000000abcd",
    "ce_type": "opportunities.OpportunityPublished.v1", "ce_source": "/opportunities",
    "ce_subject": "01900000-0000-7000-8000-00000000abcd", "ce_time": "2026-06-01T12:00:00.000Z",
    "ce_dataschema": "urn:opportunities:schema:opportunities.OpportunityPublished.v1", "ce_sequence": "2",
    "content-type": "application/json", "traceparent": "${TRACEPARENT}",
    "ce_replayedat": "2026-11-26T12:00:00.000Z", "x-by-hand": "żółw"}`,
  payload: '{"actorId": "ada" }',
};

describe('from the outbox to the topic', () => {
  const logger = new RecordingLogger();
  let url: string;
  let topic: string;
  let consumer: Consumer;

  before(async () => {
    url = await createTestDatabase();
    const orm = createOrm(database(), logger);
    await new MikroOrmSchemaMigrations(orm).run();
    await orm.close();
  });

  beforeEach(async () => {
    topic = `outbox-${someId()}`;
    await createTopic(realServers().kafka.brokers, topic, 1);
    consumer = await startConsumer(realServers().kafka.brokers, topic);
  });

  afterEach(() => consumer.stop());

  const database = () => ({ url, poolMax: 2, statementTimeoutMs: 2000 });
  const kafka = () => ({
    client: 'kafkajs' as const,
    brokers: [realServers().kafka.brokers],
    topic,
    ssl: false,
    sasl: undefined,
    userEventsTopic: undefined,
  });

  const publishers = {
    kafkajs: () => new KafkaEventPublisher(createKafka(kafka(), logger), topic),
    platformatic: () => new PlatformaticEventPublisher(kafka()),
  };

  /** Publishes the one message that waits, and gives the record as a consumer received it. */
  async function relayed(publisher: ReturnType<(typeof publishers)['kafkajs' | 'platformatic']>) {
    const queue = new PostgresOutboxQueue(database(), logger, NOBODY_TO_WAKE, { owner: topic, keepsPublished: false });
    const relay = new RelayOutbox(queue, publisher, new SystemTimer());
    expect(await relay.runOnce()).to.equal(1);
    await relay.release();
    await publisher.close();
    return eventually(() => consumer.received[0], 20_000);
  }

  /** The record that the relay of the version before makes of the row that waits: it copies the column. */
  async function asTheVersionBeforePublishesIt() {
    const [row] = await query<{ key: string; headers: Record<string, string>; payload: string }>(
      url,
      'SELECT key, headers, payload FROM outbox',
    );
    return row!;
  }

  for (const [client, publisher] of Object.entries(publishers)) {
    it(`publishes a row of the version before as it was meant, with the client ${client}`, async () => {
      const { id, key, headers, payload } = ROW_OF_THE_VERSION_BEFORE;
      await query(url, 'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, $4, $5)', [
        ...[bucketOf(key), id, key, headers, payload],
      ]);
      const before = await asTheVersionBeforePublishesIt();
      const record = await relayed(publisher());
      expect(record).to.deep.include({ key, headers: JSON.parse(headers) as object, payload });
      expect(Object.entries(record.headers)).to.deep.equal(Object.entries(before.headers));
    }).timeout(30_000);

    it(`writes rows of which the version before makes the same record, with the client ${client}`, async () => {
      const { opportunity, created } = anOpportunity({ id: someId() });
      const orm = createOrm(database(), logger);
      const requests = new AsyncLocalRequestScope();
      const unitOfWork = new PostgresUnitOfWork(orm, NOBODY_TO_WAKE, requests, 900_000);
      await requests.run({ requestId: 'a-request', traceparent: TRACEPARENT }, () =>
        unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
        }),
      );
      await orm.close();
      const before = await asTheVersionBeforePublishesIt();
      const record = await relayed(publisher());
      expect(record).to.deep.include(before);
      expect(Object.entries(record.headers)).to.deep.equal(Object.entries(before.headers));
      expect(record.headers).to.include({ ce_subject: opportunity.id, traceparent: TRACEPARENT });
    }).timeout(30_000);
  }
});
