import { expect } from 'chai';
import { BrokerUnavailable } from '#application/ports/event-publisher';
import { KafkaBrokerHealth } from '#infrastructure/messaging/kafka-broker-health';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { someId } from '../support/an-opportunity.ts';
import { type Consumer, startConsumer } from '../support/consumer.ts';
import { eventually } from '../support/eventually.ts';
import { realServers, TOPIC } from '../support/real-servers.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { eventPublisherContract } from './event-publisher.contract.ts';

describe('Kafka', () => {
  const settings = () => ({
    brokers: [realServers().kafka.brokers],
    topic: TOPIC,
    ssl: false,
    sasl: undefined,
    userEventsTopic: undefined,
  });
  const client = () => createKafka(settings(), new RecordingLogger());
  let consumer: Consumer;

  before(async () => {
    consumer = await startConsumer(realServers().kafka.brokers);
  });

  after(async () => {
    await consumer.stop();
  });

  describe('KafkaEventPublisher', () => {
    let publisher: KafkaEventPublisher;

    before(() => {
      publisher = new KafkaEventPublisher(client(), TOPIC);
    });

    after(async () => {
      await publisher.close();
    });

    eventPublisherContract(async () => ({
      publisher,
      received: () => consumer.received,
      breakBroker: async () => {
        const { kafka } = realServers();
        kafka.kill('SIGKILL');
        await kafka.exited;
      },
      healBroker: () => realServers().kafka.restart(),
    }));

    it('says that the broker is unavailable when the topic does not exist, and does not create it', async () => {
      const lost = new KafkaEventPublisher(client(), 'no-such-topic');
      const message = { id: someId(), key: someId(), headers: {}, payload: '{}' };
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await rejection(lost.publish([message]))).to.be.instanceOf(BrokerUnavailable);
      await lost.close();
    }).timeout(30_000);
  });

  describe('KafkaBrokerHealth', () => {
    it('tells that the broker and the topic are there', async () => {
      const health = new KafkaBrokerHealth(client(), TOPIC);
      await eventually(async () => ((await health.state()) === 'up' ? true : undefined));
      await health.close();
    });

    it('tells that the topic is missing, or that nobody listens', async () => {
      const lost = new KafkaBrokerHealth(client(), 'no-such-topic');
      expect(await lost.state()).to.equal('down');
      await lost.close();
      const nowhere = createKafka({ ...settings(), brokers: ['127.0.0.1:1'] }, new RecordingLogger());
      expect(await new KafkaBrokerHealth(nowhere, TOPIC).state()).to.equal('down');
    });
  });
});
