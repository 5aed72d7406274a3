import type { Consumer, EachMessagePayload, Kafka } from 'kafkajs';
import { userEventV1 } from '#application/messages/user-event-v1';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { Logger } from '#application/ports/operations/logger';
import type { UserEvent, UserEvents } from '#application/ports/tokens/user-events';
import { remedy } from './kafka-errors.ts';

/** All processes are one consumer group: each event goes to one of them, and the others learn the revocation from the store. */
const CONSUMER_GROUP = 'opportunities';
/** Milliseconds after which the partitions of a vanished process go to another process. */
const SESSION_TIMEOUT_MS = 10_000;
/** Milliseconds for which the broker may hold back an empty response. A stop waits that long. */
const MAX_WAIT_MS = 500;

/** Commits an offset only after the event was handled, so that no event is lost and some may be repeated. */
export class KafkaUserEvents implements UserEvents {
  private readonly kafka: Kafka;
  private readonly topic: string;
  private readonly logger: Logger;
  private consumer: Consumer | undefined;
  private readonly closing = Promise.withResolvers<undefined>();
  private closed = false;

  constructor(kafka: Kafka, topic: string, logger: Logger) {
    this.kafka = kafka;
    this.topic = topic;
    this.logger = logger;
  }

  async read(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await this.readAsMember(handle);
        return;
      } catch (error) {
        if (!isRebalance(error)) throw error;
        this.logger.debug({ err: error }, 'the consumer group for user events is rebalancing: this reader joins again');
      }
    }
  }

  /** Returns when close() is called. @throws the error of `handle`, or BrokerUnavailable */
  private async readAsMember(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: CONSUMER_GROUP,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      allowAutoTopicCreation: false,
      // The worker tries again, with a new consumer. kafkajs would restart after some errors and give up after others.
      retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer = consumer;
    let rejected: { with: unknown } | undefined;
    const crashed = new Promise<never>((_resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
        reject(error);
      });
    });
    // Marks a rejection as handled, so that a crash before the race below does not end the process.
    crashed.catch(() => undefined);
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: this.topic, fromBeginning: true });
      if (this.closed) return;
      await consumer.run({
        eachMessage: async (payload) => {
          const event = this.eventIn(payload);
          if (!event) return;
          try {
            await handle(event);
          } catch (error) {
            rejected = { with: error };
            throw error;
          }
        },
      });
      await Promise.race([crashed, this.closing.promise]);
    } catch (error) {
      throw rejected ? rejected.with : unavailable(error);
    } finally {
      await this.disconnect(consumer);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.closing.resolve(undefined);
    if (this.consumer) await this.disconnect(this.consumer);
  }

  /** Returns undefined for a malformed event. Its value and its key are not logged, because they name a user. */
  private eventIn({ topic, partition, message }: EachMessagePayload): UserEvent | undefined {
    // A record without a value is a tombstone of a compacted topic.
    if (message.value === null) return undefined;
    const read = userEventV1.safeParse(parsed(message.value));
    if (read.success) return read.data;
    const wrong = read.error.issues.map(({ path }) => path.join('.') || 'the whole value');
    this.logger.warn({ topic, partition, offset: message.offset, wrong }, 'a user event is malformed and was skipped');
    return undefined;
  }

  private async disconnect(consumer: Consumer): Promise<void> {
    await consumer.disconnect().catch((error: unknown) => {
      this.logger.debug({ err: error }, 'the reader of user events did not disconnect cleanly');
    });
  }
}

/**
 * Tells whether the error only says that another process joined or left the group. kafkajs loses the type of that error, but
 * keeps Kafka's text.
 */
function isRebalance(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes('group is rebalancing')) return true;
  return false;
}

function unavailable(error: unknown): BrokerUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new BrokerUnavailable(`User events cannot be read from Kafka: ${reason}${remedy(error)}`, { cause: error });
}

/** Returns undefined for a value that is not JSON. */
function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}
