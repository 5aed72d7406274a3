import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createPartitions, createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { JAVA_HASHES } from '../../../support/outbox/java-hashes.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('a topic that gets more partitions while the relay runs', () => {
  let database: string;
  let topic: string;
  let consumer: Consumer | undefined;

  beforeEach(async () => {
    database = await createTestDatabase();
    topic = `growing.${randomBytes(6).toString('hex')}`;
    await createTopic(realServers().kafka.brokers, topic, 3);
  });

  afterEach(async () => {
    killAll();
    await consumer?.stop();
    consumer = undefined;
  });

  const KEYS = JAVA_HASHES.map(([key]) => key);
  /** Writes one event for each key. */
  const write = () =>
    query(
      database,
      `INSERT INTO outbox (bucket, id, key, headers, payload)
       SELECT 0, id, key, '{}', '{}' FROM unnest($1::uuid[], $2::text[]) AS event (id, key)`,
      [KEYS.map(() => someId()), KEYS],
    );
  const placesFor = (partitions: number) =>
    JAVA_HASHES.map(([key, hash]) => `${key} on ${(hash & 0x7fffffff) % partitions}`).toSorted();

  for (const client of ['kafkajs', 'platformatic'])
    it(`is noticed, logged once, and gets further events, with KAFKA_CLIENT=${client}`, async () => {
      const { brokers } = realServers().kafka;
      const relay = await startService({
        ROLE: 'relay',
        DATABASE_URL: database,
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC: topic,
        KAFKA_CLIENT: client,
      });
      const gauge = async () =>
        /^opportunities_topic_partitions (\d+)$/m.exec(await (await fetch(`${relay.url}/metrics`)).text())?.[1];
      const said = () =>
        relay.output().match(/"before":3,"after":5,.*the number of partitions of the topic has changed/g) ?? [];
      await eventually(async () => ((await gauge()) === '3' ? true : undefined), 15_000);
      await write();
      const empty = () =>
        eventually(
          async () => ((await query(database, 'SELECT 1 FROM outbox')).length === 0 ? true : undefined),
          20_000,
        );
      await empty();

      await createPartitions(brokers, topic, 5);
      await eventually(async () => ((await gauge()) === '5' ? true : undefined), 15_000);
      await eventually(() => said()[0], 5000);
      await write();
      await empty();
      expect(said()).to.have.length(1);

      // A relay that starts after the change chooses partitions by the new number, as docs/operators/operations.md says.
      relay.kill('SIGTERM');
      await relay.exited;
      const after = await startService({
        ROLE: 'relay',
        DATABASE_URL: database,
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC: topic,
        KAFKA_CLIENT: client,
      });
      await write();
      await empty();
      after.kill('SIGTERM');
      const reader = (consumer = await startConsumer(brokers, topic));
      const all = 3 * KEYS.length;
      await eventually(() => (reader.received.length >= all ? true : undefined), 20_000);
      expect(reader.received).to.have.length(all);
      const places = new Map<string, string[]>();
      for (const { key, partition } of reader.received)
        places.set(key, [...(places.get(key) ?? []), `${key} on ${partition}`]);
      const seen = [...places.values()].flat();
      expect(seen).to.include.members(placesFor(3)).and.include.members(placesFor(5));
    }).timeout(90_000);
});
