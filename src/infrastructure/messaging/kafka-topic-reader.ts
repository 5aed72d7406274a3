import type { Consumer } from '@platformatic/kafka';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { TopicReader, TopicRecord } from '#application/ports/outbox/topic-reader';
import { attributeName } from './cloud-event-headers.ts';
import { remedy } from './kafka-errors.ts';
import type { KafkaSettings } from './kafka-client.ts';
import { positiveMurmur2 } from './murmur2.ts';
import { connectionOptions, reason, toleratesLogins } from './platformatic-client.ts';

/** Bytes that are read at once. A larger record is read alone. */
const PORTION_BYTES = 4 * 1024 * 1024;
/** Milliseconds for which a broker waits for records that should exist. */
const MOST_WAIT_MS = 500;
/** Milliseconds after which reading fails when a record that must exist has not arrived. */
const PATIENCE_MS = 15_000;

/**
 * Fetches directly from the leaders of the partitions. kafkajs cannot do that: it would join a group, which needs a right
 * and leaves a trace. So the reader uses @platformatic/kafka, whichever client publishes the events.
 */
export class KafkaTopicReader implements TopicReader {
  private readonly settings: KafkaSettings;
  private consumer: Promise<Consumer> | undefined;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
  }

  async *read(from: Date): AsyncGenerator<TopicRecord[]> {
    const { topic } = this.settings;
    const asked = { topics: [topic], timestamp: BigInt(Math.max(from.getTime(), 0)) };
    const starts = await this.ask((consumer) => consumer.listOffsetsWithTimestamps(asked));
    const ends = await this.ask((consumer) => consumer.listOffsets({ topics: [topic] }));
    for (const [partition, end] of (ends.get(topic) ?? []).entries()) {
      const start = starts.get(topic)?.get(partition)?.offset ?? -1n;
      // Without a start, every record of the partition is older than the given time.
      if (start >= 0n) yield* this.partition(partition, start, end);
    }
  }

  async completeSince(): Promise<(key: string) => number> {
    const { topic } = this.settings;
    const { ListOffsetTimestamps } = await import('@platformatic/kafka');
    const asked = { topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST };
    const lows = (await this.ask((consumer) => consumer.listOffsets(asked))).get(topic) ?? [];
    const ends = (await this.ask((consumer) => consumer.listOffsets({ topics: [topic] }))).get(topic) ?? [];
    const since: number[] = [];
    for (const [partition, low] of lows.entries()) {
      if (low === 0n) since.push(-Infinity);
      else if (low >= (ends[partition] ?? 0n)) since.push(Infinity);
      else since.push(await this.timeOf(partition, low));
    }
    return (key) => since[positiveMurmur2(Buffer.from(key)) % since.length] ?? -Infinity;
  }

  async close(): Promise<void> {
    await this.consumer?.then((consumer) => consumer.close()).catch(() => undefined);
  }

  private async *partition(partition: number, start: bigint, end: bigint): AsyncGenerator<TopicRecord[]> {
    let next = start;
    let progressed = performance.now();
    while (next < end) {
      const batches = await this.fetch(partition, next);
      const last = batches.at(-1);
      if (last) {
        // Kafka returns whole batches, which may begin before the requested offset.
        yield batches.flatMap((batch) => recordsOf(batch, partition, next, end));
        next = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
        progressed = performance.now();
      } else if (performance.now() - progressed > PATIENCE_MS)
        throw new BrokerUnavailable(`Kafka gives no records of partition ${partition} from ${next} on`);
    }
  }

  /** The time of the first record from this offset on, in milliseconds since 1970. */
  private async timeOf(partition: number, offset: bigint): Promise<number> {
    const [batch] = await this.fetch(partition, offset);
    return batch ? Number(batch.firstTimestamp) : Infinity;
  }

  private async fetch(partition: number, fetchOffset: bigint): Promise<Batch[]> {
    const { topic } = this.settings;
    const { topics } = await this.ask((consumer) => consumer.metadata({ topics: [topic] }));
    const found = topics.get(topic);
    const { responses } = await this.ask((consumer) =>
      consumer.fetch({
        node: found?.partitions[partition]?.leader ?? -1,
        maxWaitTime: MOST_WAIT_MS,
        maxBytes: PORTION_BYTES,
        topics: [
          {
            topicId: found?.id ?? '',
            partitions: [
              {
                partition,
                fetchOffset,
                partitionMaxBytes: PORTION_BYTES,
                currentLeaderEpoch: -1,
                lastFetchedEpoch: -1,
              },
            ],
          },
        ],
      }),
    );
    return responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ partitionIndex, records }) => (partitionIndex === partition ? (records ?? []) : [])),
    );
  }

  private async ask<Result>(question: (consumer: Consumer) => Promise<Result>): Promise<Result> {
    try {
      this.consumer ??= createConsumer(this.settings);
      return await question(await this.consumer);
    } catch (error) {
      throw new BrokerUnavailable(`Kafka cannot be read: ${reason(error)}${remedy(error)}`, { cause: error });
    }
  }
}

type Batch = NonNullable<
  Awaited<ReturnType<Consumer['fetch']>>['responses'][number]['partitions'][number]['records']
>[number];

async function createConsumer(settings: KafkaSettings): Promise<Consumer> {
  const { Consumer } = await import('@platformatic/kafka');
  // The client wants the name of a group, but joins none, because it only fetches.
  const consumer = new Consumer({ ...connectionOptions(settings), groupId: 'none', autocreateTopics: false });
  toleratesLogins(consumer);
  // Brokers before version 3.1 know topics only by name.
  consumer.topics.track(settings.topic);
  return consumer;
}

/** The attribute of batches that hold the marks of transactions and no records. */
const CONTROL = 1 << 5;

/** The records of a batch from the offset `start` on and before the offset `end`. */
function recordsOf(batch: Batch, partition: number, start: bigint, end: bigint): TopicRecord[] {
  if ((batch.attributes & CONTROL) !== 0) return [];
  return batch.records.flatMap(({ offsetDelta, key, value, headers }) => {
    const offset = batch.firstOffset + BigInt(offsetDelta);
    if (offset < start || offset >= end) return [];
    return {
      shard: partition,
      place: `${partition}:${offset}`,
      key: key?.toString(),
      attributes: headers.map(([name, text]) => [attributeName(String(name ?? '')), String(text ?? '')] as const),
      value: value ?? undefined,
    };
  });
}
