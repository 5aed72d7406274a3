import type { Producer } from '@platformatic/kafka';
import type { Message, MessageAttributes } from '#application/messages/message';
import { BrokerUnavailable, type EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { refusalIn, remedy } from './kafka-errors.ts';
import { headerName } from './cloud-event-headers.ts';
import type { KafkaSettings } from './kafka-client.ts';
import { BATCH_LIMIT, LARGEST_MESSAGE_BYTES } from './message-limits.ts';
import { positiveMurmur2 } from './murmur2.ts';
import { connectionOptions, reason, toleratesLogins } from './platformatic-client.ts';

type Known = { readonly name: Buffer; readonly text: string; readonly bytes: Buffer };

/** Encodes attributes as headers. Names, and values that repeat from event to event, are encoded once. */
export class HeaderBytes {
  private readonly known = new Map<string, Known>();

  of(attributes: MessageAttributes): Map<Buffer, Buffer> {
    return new Map(Object.entries(attributes).map(([name, text]) => this.header(name, text)));
  }

  private header(name: string, text: string): [name: Buffer, bytes: Buffer] {
    const before = this.known.get(name);
    if (before?.text === text) return [before.name, before.bytes];
    const now = { name: before?.name ?? Buffer.from(headerName(name)), text, bytes: Buffer.from(text) };
    this.known.set(name, now);
    return [now.name, now.bytes];
  }
}

type EventProducer = Producer<string, string>;

/**
 * Milliseconds after which a batch fails in any case. The retries of this client are nested, so a broker that accepts
 * connections and stays silent would otherwise hold a batch for 45 seconds.
 */
const DEADLINE_MS = 10_000;

/**
 * Does the same as KafkaEventPublisher, with @platformatic/kafka: docs/decisions/0024 says when to choose this client.
 */
export class PlatformaticEventPublisher implements EventPublisher {
  readonly batchLimit = BATCH_LIMIT;
  readonly largestMessageBytes = LARGEST_MESSAGE_BYTES;
  private readonly settings: KafkaSettings;
  private readonly headerBytes = new HeaderBytes();
  private producer: EventProducer | undefined;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
  }

  async probe(): Promise<void> {
    const { topic } = this.settings;
    try {
      this.producer ??= await createProducer(this.settings);
      const { topics } = await inTime(this.producer.metadata({ topics: [topic], forceUpdate: true }));
      if (!topics.get(topic)?.partitions.some(({ leader }) => leader >= 0))
        throw new Error(`no partition of ${topic} has a leader`);
    } catch (error) {
      this.discard();
      throw unavailable(error);
    }
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const { topic } = this.settings;
    try {
      this.producer ??= await createProducer(this.settings);
      const sent = this.producer.send({
        messages: messages.map(({ key, attributes, payload }) => ({
          topic,
          key,
          headers: this.headerBytes.of(attributes),
          value: payload,
        })),
      });
      await inTime(sent);
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
    await producer?.close();
  }

  /**
   * Drops the producer. The broker may or may not have used the sequence numbers of a rejected send; a new producer has a
   * new identity, and a closed one sends nothing any more.
   */
  private discard(): void {
    const producer = this.producer;
    this.producer = undefined;
    producer?.close().catch(() => undefined);
  }
}

const NO_KEY = Buffer.alloc(0);
const asItIs = (bytes?: Buffer) => bytes;

/**
 * Loads the client when it is first needed. Loading takes a third of a second and about 60 MB, which a process with
 * kafkajs does not need to spend.
 */
async function createProducer(settings: KafkaSettings): Promise<EventProducer> {
  const { Producer, stringSerializer } = await import('@platformatic/kafka');
  const producer: EventProducer = new Producer<string, string, Buffer, Buffer>({
    ...connectionOptions(settings),
    // An idempotent producer sends one request at a time on each connection, and waits for every replica in sync.
    idempotent: true,
    autocreateTopics: false,
    serializers: { key: stringSerializer, value: stringSerializer, headerKey: asItIs, headerValue: asItIs },
    // The default partitioner keeps the sign bit, and would put half of the keys on other partitions.
    partitioner: (_message, key) => positiveMurmur2(key ?? NO_KEY),
  });
  toleratesLogins(producer);
  return producer;
}

function unavailable(error: unknown): BrokerUnavailable {
  return new BrokerUnavailable(`Kafka does not take events: ${reason(error)}${remedy(error)}`, { cause: error });
}

/** @throws Error when the work takes too long. Its later result is ignored. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no response in ${DEADLINE_MS / 1000} seconds`));
  }, DEADLINE_MS);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
