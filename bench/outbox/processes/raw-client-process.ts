/** A program that sends the same records as the relay, but from memory, as fast as the Kafka client accepts them. */
import { compatibilityPartitioner, Producer, stringSerializers } from '@platformatic/kafka';
import { Partitioners } from 'kafkajs';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { connectionOptions } from '#infrastructure/messaging/platformatic-client';
import { RecordingLogger } from '../../../tests/support/system/recording-logger.ts';
import { record } from '../records.ts';
import { answerQuestions, setting } from './child.ts';

export type RawQuestion = { readonly events: number; readonly keys: number };

/** Number of records per batch, which is the relay's. */
const BATCH = 500;

const settings = setting() as KafkaSettings;
const batches = settings.client === 'kafkajs' ? withKafkajs() : withPlatformatic();

answerQuestions(async ({ events, keys }: RawQuestion) => {
  // All batches are made before the first is sent. Each is released when it is sent, to spare the garbage collector.
  const sends = batches(events, keys).reverse();
  for (let send = sends.pop(); send; send = sends.pop()) await send();
  return true;
});

function withKafkajs() {
  const producer = createKafka(settings, new RecordingLogger()).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  return (events: number, keys: number) => {
    const sends = inBatches(events, keys).map((records) => {
      const messages = records.map(({ key, headers, payload }) => ({ key, headers, value: payload }));
      return () => producer.send({ topic: settings.topic, acks: -1, messages });
    });
    return [() => producer.connect(), ...sends];
  };
}

function withPlatformatic() {
  const producer = new Producer({
    ...connectionOptions(settings),
    idempotent: true,
    autocreateTopics: false,
    serializers: stringSerializers,
    partitioner: compatibilityPartitioner,
  });
  return (events: number, keys: number) =>
    inBatches(events, keys).map((records) => {
      const { topic } = settings;
      const messages = records.map(({ key, headers, payload }) => ({ topic, key, headers, value: payload }));
      return () => producer.send({ messages });
    });
}

function inBatches(events: number, keys: number) {
  return Array.from({ length: Math.ceil(events / BATCH) }, (_, batch) =>
    Array.from({ length: Math.min(BATCH, events - batch * BATCH) }, (_each, place) =>
      record(batch * BATCH + place, keys),
    ).map(({ headers, ...rest }) => ({ ...rest, headers: { ...headers } })),
  );
}
