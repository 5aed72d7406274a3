import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import '../../../src/infrastructure/messaging/kafkajs/request-queue.ts';

/** Number of partitions that a run's topic has at first. */
export const PARTITIONS = 6;

/** The topic of one run, and the questions that faults ask about it. */
export class Topic {
  readonly name: string;
  private readonly kafka: Kafka;

  constructor(brokers: string, name: string) {
    this.name = name;
    this.kafka = new Kafka({
      clientId: 'chaos',
      brokers: brokers.split(','),
      connectionTimeout: 3000,
      logLevel: logLevel.NOTHING,
      retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 1000 },
    });
  }

  async create(): Promise<void> {
    await this.ask((admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic: this.name, numPartitions: PARTITIONS }] }),
    );
  }

  async remove(): Promise<void> {
    await this.ask((admin) => admin.deleteTopics({ topics: [this.name] }));
  }

  /** Sets the largest batch that the topic accepts, in bytes; undefined restores the broker's own limit. */
  async setLargestBatch(bytes: number | undefined): Promise<void> {
    const configEntries = bytes === undefined ? [] : [{ name: 'max.message.bytes', value: String(bytes) }];
    await this.ask((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: this.name, configEntries }],
      }),
    );
  }

  /** The broker ids of the partitions' leaders. */
  async leaders(): Promise<number[]> {
    return (await this.partitions()).map(({ leader }) => leader);
  }

  /** Whether all replicas of all partitions are in sync. */
  async isInSync(): Promise<boolean> {
    return (await this.partitions()).every(({ isr, replicas }) => isr.length === replicas.length);
  }

  private async partitions() {
    const { topics } = await this.ask((admin) => admin.fetchTopicMetadata({ topics: [this.name] }));
    return topics.flatMap(({ partitions }) => partitions);
  }

  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return await question(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
