import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { BrokerUnavailable, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { KafkaBrokerHealth } from '#infrastructure/messaging/kafka-broker-health';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { KafkaUserEvents } from '#infrastructure/messaging/kafka-user-events';
import { createPartitions, createTopic } from '../../../tools/local/kafka/kafka-admin.ts';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { type Consumer, startConsumer } from '../../support/outbox/consumer.ts';
import { JAVA_HASHES } from '../../support/outbox/java-hashes.ts';
import { eventually } from '../../support/system/eventually.ts';
import { realServers, TOPIC } from '../../support/servers/real-servers.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { rejection } from '../../support/system/rejection.ts';
import { brokerHealthContract } from '../../contracts/operations/health.contract.ts';
import { eventPublisherContract } from '../../contracts/outbox/event-publisher.contract.ts';
import { userEventsContract } from '../../contracts/tokens/user-events.contract.ts';

const message = (key: string) => ({ id: someId(), key, attributes: {}, payload: '{}' });

describe('Kafka', () => {
  const settings = (broker = realServers().kafka.brokers) => ({
    client: 'kafkajs' as const,
    brokers: [broker],
    topic: TOPIC,
    ssl: false,
    sasl: undefined,
    userEventsTopic: undefined,
  });
  const client = (broker?: string) => createKafka(settings(broker), new RecordingLogger());
  let consumer: Consumer;

  before(async () => {
    consumer = await startConsumer(realServers().kafka.brokers);
  });

  after(async () => {
    await consumer.stop();
  });

  const publishers = {
    KafkaEventPublisher: (topic: string, broker?: string) => new KafkaEventPublisher(client(broker), topic),
    PlatformaticEventPublisher: (topic: string, broker?: string) =>
      new PlatformaticEventPublisher({ ...settings(broker), topic }),
  };

  for (const [name, publisherTo] of Object.entries(publishers))
    describe(name, () => {
      let publisher: ReturnType<typeof publisherTo>;

      before(() => {
        publisher = publisherTo(TOPIC);
      });

      after(async () => {
        await publisher.close();
      });

      eventPublisherContract(async () => ({
        publisher,
        received: () => consumer.received,
        // The topic's limit is about 1 MB.
        refusable: (key) => ({ ...message(key), payload: 'x'.repeat(1_100_000) }),
        breakBroker: async () => {
          const { kafka } = realServers();
          kafka.kill('SIGKILL');
          await kafka.exited;
        },
        healBroker: () => realServers().kafka.restart(),
      }));

      it('rejects with BrokerUnavailable when the topic does not exist, and does not create the topic', async () => {
        const lost = publisherTo('no-such-topic');
        for (let attempt = 0; attempt < 2; attempt++)
          expect(await rejection(lost.publish([message(someId())]))).to.be.instanceOf(BrokerUnavailable);
        await lost.close();
      }).timeout(30_000);

      it('tells why the broker refuses a record, and goes on', async () => {
        const refused = publisher.publish([
          message(someId()),
          { ...message(someId()), payload: 'x'.repeat(1_100_000) },
        ]);
        const error = await rejection(refused);
        expect(error).to.be.instanceOf(MessagesRefused);
        expect(String(error)).to.include('MESSAGE_TOO_LARGE');
        await publisher.publish([message(someId())]);
      }).timeout(30_000);

      it('gives up on a broker that accepts connections and stays silent', async () => {
        const silent = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
        await once(silent, 'listening');
        const stuck = publisherTo(TOPIC, `127.0.0.1:${(silent.address() as AddressInfo).port}`);
        expect(await rejection(stuck.publish([message(someId())]))).to.be.instanceOf(BrokerUnavailable);
        await stuck.close();
        silent.close();
      }).timeout(30_000);
    });

  it('puts each key on the partition that the Java client chooses, with either client', async () => {
    const { brokers } = realServers().kafka;
    for (const partitions of [6, 7]) {
      const topic = `partitions-${someId()}`;
      await createTopic(brokers, topic, partitions);
      const reader = await startConsumer(brokers, topic);
      for (const publisherTo of Object.values(publishers)) {
        const publisher = publisherTo(topic);
        await publisher.publish(JAVA_HASHES.map(([key]) => message(key)));
        await publisher.close();
      }
      const twice = JAVA_HASHES.length * 2;
      const received = await eventually(() => (reader.received.length >= twice ? reader.received : undefined), 20_000);
      await reader.stop();
      const seen = received.map(({ key, partition }) => `${key} on ${partition}`).toSorted();
      const expected = JAVA_HASHES.map(([key, hash]) => `${key} on ${(hash & 0x7fffffff) % partitions}`);
      expect(seen).to.deep.equal([...expected, ...expected].toSorted());
    }
  }).timeout(60_000);

  describe('KafkaUserEvents', () => {
    const logger = new RecordingLogger();
    let topic: string;

    beforeEach(async () => {
      topic = `users-${someId()}`;
      await createTopic(realServers().kafka.brokers, topic, 2);
      logger.lines.length = 0;
    });

    const send = async (key: string, value: string | null) => {
      const producer = client().producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await producer.send({ topic, messages: [{ key, value }] });
      await producer.disconnect();
    };

    userEventsContract(async () => ({
      reader: () => new KafkaUserEvents(client(), topic, logger),
      send: (event) => send(event.userId, JSON.stringify(event)),
      sendMalformed: (userId) => send(userId, 'not JSON'),
      warnings: () => logger.lines.filter(({ level }) => level === 'warn').length,
      breakBroker: async () => {
        const { kafka } = realServers();
        kafka.kill('SIGKILL');
        await kafka.exited;
      },
      healBroker: () => realServers().kafka.restart(),
    }));

    it('skips malformed events, and logs which fields are wrong but no value', async () => {
      const event = { userId: 42, validAfter: '2026-11-26T10:00:00Z', reason: 'deactivated' };
      for (const value of ['not JSON', '"text"', JSON.stringify({ ...event, validAfter: 'ada@example.org' }), null, ''])
        await send('42', value);
      await send('42', JSON.stringify(event));
      const handled: unknown[] = [];
      const events = new KafkaUserEvents(client(), topic, logger);
      const read = events.read(async (each) => void handled.push(each));
      await eventually(() => handled[0]);
      await events.close();
      await read;
      expect(handled).to.deep.equal([{ ...event, userId: '42', validAfter: new Date(event.validAfter) }]);
      const warned = logger.lines.filter(({ level }) => level === 'warn');
      expect(warned.map(({ fields }) => fields['wrong'])).to.deep.equal([
        ['the whole value'],
        ['the whole value'],
        ['validAfter'],
        ['the whole value'],
      ]);
      expect(JSON.stringify(warned)).to.not.match(/ada@|not JSON/);
    });

    it('throws BrokerUnavailable while the topic is missing, and does not create the topic', async () => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const lost = new KafkaUserEvents(client(), 'no-such-topic', logger);
        expect(await rejection(lost.read(async () => undefined))).to.be.instanceOf(BrokerUnavailable);
      }
    });

    it('shares the topic among processes, and hands the share of a closed process to another', async () => {
      const [one, other] = [0, 1].map(() => new KafkaUserEvents(client(), topic, logger)) as [
        KafkaUserEvents,
        KafkaUserEvents,
      ];
      const handled = new Set<string>();
      const handle = async ({ userId }: { userId: string }) => void handled.add(userId);
      const reading = [one.read(handle), other.read(handle)];
      const users = Array.from({ length: 20 }, (_, index) => `user-${index}`);
      const tell = (userId: string) =>
        send(userId, JSON.stringify({ userId, validAfter: new Date(), reason: 'logged_out' }));
      for (const userId of users.slice(0, 10)) await tell(userId);
      await eventually(() => (handled.size === 10 ? true : undefined), 20_000);
      await one.close();
      for (const userId of users.slice(10)) await tell(userId);
      await eventually(() => (handled.size === 20 ? true : undefined), 20_000);
      await other.close();
      await Promise.all(reading);
    }).timeout(50_000);
  });

  describe('KafkaBrokerHealth', () => {
    const toClose: KafkaBrokerHealth[] = [];
    const healthOf = (kafka: ReturnType<typeof createKafka>, topic: string) => {
      const health = new KafkaBrokerHealth(kafka, topic);
      toClose.push(health);
      return health;
    };

    afterEach(() => Promise.all(toClose.splice(0).map((health) => health.close())));

    brokerHealthContract(async () => {
      const { brokers } = realServers().kafka;
      const topic = `growing-${someId()}`;
      await createTopic(brokers, topic, 3);
      return {
        health: healthOf(client(), topic),
        ofNobody: healthOf(client('127.0.0.1:1'), TOPIC),
        grow: (shards) => createPartitions(brokers, topic, shards),
      };
    });

    it('tells that the topic is missing', async () => {
      const lost = new KafkaBrokerHealth(client(), 'no-such-topic');
      expect(await lost.state()).to.equal('down');
      expect(await lost.shards()).to.equal(undefined);
      await lost.close();
    });
  });
});
