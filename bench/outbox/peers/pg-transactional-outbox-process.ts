/** A program with the polling listener of pg-transactional-outbox and a kafkajs producer, as its documentation shows them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Partitioners } from 'kafkajs';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { RecordingLogger } from '../../../tests/support/system/recording-logger.ts';
import { answerQuestions, setting } from '../processes/child.ts';

type Library = {
  getDisabledLogger(): unknown;
  initializePollingMessageListener(
    config: object,
    handler: { handle(message: StoredMessage): Promise<void> },
    logger: unknown,
    strategies: object,
  ): [shutdown: () => Promise<void>];
};
type StoredMessage = { aggregateId: string; payload: unknown; metadata?: Record<string, string> };

const BATCH = 50;

const { folder, database, kafka } = setting() as { folder: string; database: string; kafka: KafkaSettings };
const library = createRequire(join(folder, 'package.json'))('pg-transactional-outbox') as Library;
const producer = createKafka(kafka, new RecordingLogger()).producer({
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner,
});

const started = start();
answerQuestions(async (_question: 'started') => {
  await started;
  return true;
});

async function start(): Promise<void> {
  await producer.connect();
  library.initializePollingMessageListener(
    {
      outboxOrInbox: 'outbox',
      dbListenerConfig: { connectionString: database },
      settings: {
        dbSchema: 'public',
        dbTable: 'outbox_pg_transactional',
        enableMaxAttemptsProtection: false,
        enablePoisonousMessageProtection: false,
        nextMessagesFunctionName: 'next_outbox_messages',
        // The defaults are batches of 5 and a poll every 500 ms.
        nextMessagesBatchSize: BATCH,
        nextMessagesPollingIntervalInMs: 10,
      },
    },
    {
      handle: async ({ aggregateId, payload, metadata }) => {
        const message = { key: aggregateId, headers: { ...metadata }, value: JSON.stringify(payload) };
        await producer.send({ topic: kafka.topic, acks: -1, messages: [message] });
      },
    },
    library.getDisabledLogger(),
    // The default strategy begins with single messages.
    { batchSizeStrategy: () => Promise.resolve(BATCH) },
  );
}
