import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { type IHeaders, Kafka, type KafkaMessage, logLevel } from 'kafkajs';

const MAX_WAIT_MS = 250;

/**
 * Reads a topic from its present end, under a new group.
 * @param onEvent gets each message as text for a terminal.
 * @returns when it is sure to see every message from now on.
 * @throws Error when the broker or the topic cannot be read.
 */
export async function tailEvents(brokers: string, topic: string, onEvent: (text: string) => void): Promise<void> {
  const kafka = new Kafka({ clientId: 'opportunities-tail', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `opportunities-tail-${randomUUID()}`,
    maxWaitTimeInMs: MAX_WAIT_MS,
    // The broker may go and come back: go on reading.
    retry: { restartOnFailure: () => Promise.resolve(true) },
  });
  // The end of the topic is looked up with the first fetch, not when the group is joined.
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
