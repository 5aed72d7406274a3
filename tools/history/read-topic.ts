import { randomUUID } from 'node:crypto';
import { type IHeaders, Kafka, logLevel } from 'kafkajs';
import '../../src/infrastructure/messaging/kafkajs/request-queue.ts';
import type { TopicRecord } from './history.ts';
import { sequenceIn } from './read-history.ts';

/** Milliseconds without a record after which reading fails. */
const PATIENCE_MS = 15_000;

/**
 * Reads all records of a topic, from its beginning to its present end.
 * @param brokers a comma-separated list, `host:port,…`
 * @throws Error when the broker or the topic cannot be read.
 */
export async function readTopic(brokers: string, topic: string): Promise<TopicRecord[]> {
  const kafka = new Kafka({ clientId: 'history', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const missing = await extent(kafka, topic);
  if (missing.size === 0) return [];

  const consumer = kafka.consumer({ groupId: `history-${randomUUID()}`, maxWaitTimeInMs: 250 });
  const read = new Map<string, TopicRecord>();
  const { promise: complete, resolve, reject } = Promise.withResolvers<undefined>();
  const tooLong = () => {
    reject(new Error(`${topic}: nothing was read for ${PATIENCE_MS} ms before its end was reached`));
  };
  let patience = setTimeout(tooLong, PATIENCE_MS);
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    reject(error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        clearTimeout(patience);
        patience = setTimeout(tooLong, PATIENCE_MS);
        for (const { offset, timestamp, key, value, headers } of batch.messages) {
          const texts = headerTexts(headers);
          read.set(`${batch.partition}:${offset}`, {
            partition: batch.partition,
            offset: Number(offset),
            timestamp: Number(timestamp),
            key: key?.toString() ?? '',
            sequence: sequenceIn(texts),
            id: texts['ce_id'],
            value: value?.toString() ?? null,
            headers: texts,
          });
        }
        if (Number(batch.lastOffset()) + 1 >= (missing.get(batch.partition) ?? 0)) missing.delete(batch.partition);
        if (missing.size === 0) resolve(undefined);
      },
    });
    await complete;
    return [...read.values()];
  } finally {
    clearTimeout(patience);
    await consumer.disconnect();
  }
}

/** The end offset of each partition that has records. */
async function extent(kafka: Kafka, topic: string): Promise<Map<number, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]),
    );
  } finally {
    await admin.disconnect();
  }
}

function headerTexts(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
