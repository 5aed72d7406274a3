/** A program that consumes the topic and notes when each event arrives. */
import { randomUUID } from 'node:crypto';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { RecordingLogger } from '../../../tests/support/system/recording-logger.ts';
import { now } from '../scheduled-writes.ts';
import { answerQuestions, setting } from './child.ts';

/** 'ready' waits until the consumer has joined. 'received' asks for the arrivals since the last question. */
export type ConsumerQuestion = 'ready' | 'received';

export type Arrival = { readonly id: string; readonly at: number };

const settings = setting() as KafkaSettings;
const consumer = createKafka(settings, new RecordingLogger()).consumer({ groupId: randomUUID() });
let arrivals: Arrival[] = [];
const ready = start();

answerQuestions(async (_question: ConsumerQuestion): Promise<Arrival[]> => {
  await ready;
  const answer = arrivals;
  arrivals = [];
  return answer;
});

async function start(): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic: settings.topic, fromBeginning: false });
  const joined = new Promise((resolve) => consumer.on(consumer.events.FETCH, resolve));
  await consumer.run({
    autoCommit: false,
    // Batches are taken as they come, so that no partition waits for another.
    eachBatch: async ({ batch }) => {
      const at = now();
      // The service's records have the header ce_id, those of Debezium have id.
      for (const { headers } of batch.messages)
        arrivals.push({ id: String(headers?.['ce_id'] ?? headers?.['id']), at });
    },
  });
  await joined;
}
