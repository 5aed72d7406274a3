import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';

/** How many a run's topic has at first. */
export const PARTITIONS = 6;

/** A topic of one run. */
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
    await this.asked((admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic: this.name, numPartitions: PARTITIONS }] }),
    );
  }

  async remove(): Promise<void> {
    await this.asked((admin) => admin.deleteTopics({ topics: [this.name] }));
  }

  /** The largest batch that it takes, in bytes; undefined for the broker's own limit. */
  async setLargestBatch(bytes: number | undefined): Promise<void> {
    const configEntries = bytes === undefined ? [] : [{ name: 'max.message.bytes', value: String(bytes) }];
    await this.asked((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: this.name, configEntries }],
      }),
    );
  }

  /** Each partition's leader, by the id of the broker. */
  async leaders(): Promise<number[]> {
    return (await this.partitions()).map(({ leader }) => leader);
  }

  /** Whether all replicas of all partitions have everything. */
  async isWhole(): Promise<boolean> {
    return (await this.partitions()).every(({ isr, replicas }) => isr.length === replicas.length);
  }

  private async partitions() {
    const { topics } = await this.asked((admin) => admin.fetchTopicMetadata({ topics: [this.name] }));
    return topics.flatMap(({ partitions }) => partitions);
  }

  private async asked<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return await question(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
