import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { type IHeaders, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import '../../../src/infrastructure/messaging/kafkajs/request-queue.ts';

const MAX_WAIT_MS = 250;

/**
 * Reads a topic from its present end in a new consumer group.
 * @param onEvent receives each record as text for a terminal.
 * @returns a promise that resolves when no later record can be missed.
 * @throws Error when the broker or the topic cannot be read.
 */
export async function tailEvents(brokers: string, topic: string, onEvent: (text: string) => void): Promise<void> {
  const kafka = new Kafka({ clientId: 'opportunities-tail', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `opportunities-tail-${randomUUID()}`,
    maxWaitTimeInMs: MAX_WAIT_MS,
    // A broker may stop and start again; the consumer then goes on reading.
    retry: { restartOnFailure: () => Promise.resolve(true) },
  });
  // kafkajs looks up the end of the topic with the first fetch, and not when it joins the group.
  const fetched = new Promise((resolve) => consumer.on(consumer.events.FETCH, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      onEvent(describe(message));
    },
  });
  await fetched;
}

function describe(message: KafkaMessage): string {
  const header = (name: string): string => headerText(message.headers, name) ?? '-';
  const title = [
    styleText(['green', 'bold'], `◆ ${header('ce_type')}`),
    `key ${message.key?.toString() ?? '-'}`,
    `sequence ${header('ce_sequence')}`,
  ].join('  ');
  return `${title}\n${prettyValue(message.value)}`;
}

function headerText(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return Array.isArray(value) ? value.join(', ') : value?.toString();
}

function prettyValue(value: Buffer | null): string {
  if (value === null) return '(no value: a tombstone)';
  const text = value.toString();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
