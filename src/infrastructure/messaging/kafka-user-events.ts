import type { Consumer, EachMessagePayload, Kafka } from 'kafkajs';
import { userEventV1 } from '#application/messages/user-event-v1';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { Logger } from '#application/ports/system/logger';
import type { UserEvent, UserEvents } from '#application/ports/tokens/user-events';
import { remedy } from './kafka-errors.ts';

/** The one group of all processes. Each event goes to one process, and the others learn of it through the storage. */
const GROUP = 'opportunities';
/** Milliseconds after which another process gets the partitions of a vanished one. */
const SESSION_TIMEOUT_MS = 10_000;
/** Milliseconds for which the broker delays an empty response. Stopping waits for that response. */
const MOST_WAIT_MS = 500;

/** Commits its offset after events are handled, so that no event is lost and some may be repeated. */
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

  /** Reads until it is closed or fails. */
  private async readAsMember(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: GROUP,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: MOST_WAIT_MS,
      allowAutoTopicCreation: false,
      // The caller tries again with a new consumer. kafkajs would give up after some errors and go on after others.
      retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer = consumer;
    let rejected: { with: unknown } | undefined;
    const crashed = new Promise<never>((_resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
        reject(error);
      });
    });
    // The consumer may crash before this promise is awaited.
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

  /** Gives undefined for a record that is no user event. The log contains neither the record nor its key, because they name a user. */
  private eventIn({ topic, partition, message }: EachMessagePayload): UserEvent | undefined {
    // A record without a value is a tombstone of a compacted topic.
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

/** Whether another process joined or left at the same time, which is no failure. kafkajs loses the type of that error, so its message is compared. */
function isRebalance(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes('group is rebalancing')) return true;
  return false;
}

function unavailable(error: unknown): BrokerUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new BrokerUnavailable(`Kafka gives no user events: ${reason}${remedy(error)}`, { cause: error });
}

/** Gives undefined for a value that is not JSON. */
function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}
