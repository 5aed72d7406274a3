import type { Consumer, EachMessagePayload, Kafka } from 'kafkajs';
import { userEventV1 } from '#application/messages/user-event-v1';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { Logger } from '#application/ports/system/logger';
import type { UserEvent, UserEvents } from '#application/ports/tokens/user-events';
import { remedy } from './kafka-errors.ts';

/** One group for all processes: each event is for one of them, and all learn of it through the storage. */
const GROUP = 'opportunities';
/** Milliseconds after which the partitions of a process that has vanished go to another one. */
const SESSION_TIMEOUT_MS = 10_000;
/** Milliseconds for which the broker holds back an empty answer: a stop waits for it. */
const MOST_WAIT_MS = 500;

/** Commits how far it has read after what it has read is handled, so that an event is never lost, and may come again. */
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
        this.logger.debug({ err: error }, 'other readers of user events came or went meanwhile: joining again');
      }
    }
  }

  /** Until it is closed, or something goes wrong. */
  private async readAsMember(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: GROUP,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: MOST_WAIT_MS,
      allowAutoTopicCreation: false,
      // Whoever reads tries again, with a new consumer: kafkajs would give up after some errors, and go on after others.
      retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer = consumer;
    let rejected: { with: unknown } | undefined;
    const crashed = new Promise<never>((_resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
        reject(error);
      });
    });
    // It may crash before anybody waits for it.
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

  /** Undefined for what is none. Neither the message nor its key goes to the log: they name a user. */
  private eventIn({ topic, partition, message }: EachMessagePayload): UserEvent | undefined {
    // A tombstone of a compacted topic.
    if (message.value === null) return undefined;
    const read = userEventV1.safeParse(parsed(message.value));
    if (read.success) return read.data;
    const wrong = read.error.issues.map(({ path }) => path.join('.') || 'the whole');
    this.logger.warn({ topic, partition, offset: message.offset, wrong }, 'a user event cannot be read: passed over');
    return undefined;
  }

  private async disconnect(consumer: Consumer): Promise<void> {
    await consumer.disconnect().catch((error: unknown) => {
      this.logger.debug({ err: error }, 'the reader of user events did not disconnect cleanly');
    });
  }
}

/** Whether another process joined or left while this one did: nothing is wrong. kafkajs loses the type of that error, but not Kafka's words. */
function isRebalance(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes('group is rebalancing')) return true;
  return false;
}

function unavailable(error: unknown): BrokerUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new BrokerUnavailable(`Kafka gives no user events: ${reason}${remedy(error)}`, { cause: error });
}

/** Undefined for what is not JSON. */
function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}
