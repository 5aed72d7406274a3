import type { ICustomPartitioner, Kafka, Producer } from 'kafkajs';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable, type EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { cloudEventHeaders } from './cloud-event-headers.ts';
import { BATCH_LIMIT, LARGEST_MESSAGE_BYTES } from './message-limits.ts';
import { refusalIn, remedy } from './kafka-errors.ts';
import { positiveMurmur2 } from './murmur2.ts';

/** The value of acks with which Kafka responds only when every replica in sync has the records. */
const ALL = -1;
/** Milliseconds for which the broker may wait for its replicas. */
const REPLICATION_TIMEOUT_MS = 5000;

export class KafkaEventPublisher implements EventPublisher {
  readonly batchLimit = BATCH_LIMIT;
  readonly largestMessageBytes = LARGEST_MESSAGE_BYTES;
  private readonly kafka: Kafka;
  private readonly topic: string;
  private producer: Producer | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.kafka = kafka;
    this.topic = topic;
  }

  async probe(): Promise<void> {
    const admin = this.kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [this.topic] });
      if (!topics[0]?.partitions.some(({ leader }) => leader >= 0))
        throw new Error(`no partition of ${this.topic} has a leader`);
    } catch (error) {
      throw unavailable(error);
    } finally {
      admin.disconnect().catch(() => undefined);
    }
  }

  async publish(messages: readonly Message[]): Promise<void> {
    try {
      this.producer ??= await this.connect();
      await this.producer.send({
        topic: this.topic,
        acks: ALL,
        timeout: REPLICATION_TIMEOUT_MS,
        messages: messages.map(({ key, attributes, payload }) => ({
          key,
          headers: cloudEventHeaders(attributes),
          value: payload,
        })),
      });
    } catch (error) {
      this.discard();
      const refusal = refusalIn(error);
      if (refusal !== undefined) throw new MessagesRefused(`Kafka refuses events: ${refusal}`, { cause: error });
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    const producer = this.producer;
    this.producer = undefined;
    await producer?.disconnect();
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: asJavaDoes,
      // The relay sends a failed batch again as a whole. A retry of kafkajs skips brokers that have answered before:
      // records that failed, and whose leader is such a broker by then, would count as sent and be lost (kafkajs pull
      // request 1798). An idempotent producer would only protect such retries, and requires them.
      retry: { retries: 0 },
    });
    await producer.connect();
    return producer;
  }

  /** Drops the producer: after a rejected send, its knowledge of leaders and connections may be wrong. */
  private discard(): void {
    const producer = this.producer;
    this.producer = undefined;
    producer?.disconnect().catch(() => undefined);
  }
}

/** Puts a key on the same partition as every other producer does. Every event has a key. */
const asJavaDoes: ICustomPartitioner = () => {
  return ({ message, partitionMetadata }) => positiveMurmur2(Buffer.from(message.key ?? '')) % partitionMetadata.length;
};

function unavailable(error: unknown): BrokerUnavailable {
  return new BrokerUnavailable(`Kafka does not take events: ${reason(error)}${remedy(error)}`, { cause: error });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
