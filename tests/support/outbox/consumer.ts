import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import '../../../src/infrastructure/messaging/kafkajs/request-queue.ts';
import { TOPIC } from '../servers/real-servers.ts';

export type Received = { partition: number; key: string; headers: Record<string, string>; payload: string };

export type Consumer = { readonly received: readonly Received[]; stop(): Promise<void> };

/** A downstream service that reads a topic from its beginning and stores all records, those of each key in order. */
export async function startConsumer(brokers: string, topic = TOPIC): Promise<Consumer> {
  const kafka = new Kafka({ clientId: 'test-consumer', brokers: [brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: randomUUID(),
    // After a crash of the broker, the group may wait for a vanished member. This is the shortest wait that a broker allows.
    sessionTimeout: 6000,
    heartbeatInterval: 2000,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 100 },
  });
  const received: Received[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message: { key, headers, value } }) => {
      received.push({
        partition,
        key: key?.toString() ?? '',
        headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
        payload: value?.toString() ?? '',
      });
    },
  });
  return { received, stop: () => consumer.disconnect() };
}
