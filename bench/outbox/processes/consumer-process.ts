/** Takes the time at which each event is in a consumer's hands. */
import { randomUUID } from 'node:crypto';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { now } from '../scheduled-writes.ts';
import { answerQuestions, setting } from './child.ts';

/** Whether it is there yet, or what came since it was asked last. */
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
    // As they come: nobody else's partitions wait.
    eachBatch: async ({ batch }) => {
      const at = now();
      // CloudEvents' header, or Debezium's.
      for (const { headers } of batch.messages)
        arrivals.push({ id: String(headers?.['ce_id'] ?? headers?.['id']), at });
    },
  });
  await joined;
}
