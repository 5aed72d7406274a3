import type { Admin, Kafka } from 'kafkajs';
import type { BrokerHealth, BrokerState } from '#application/ports/operations/health';

/** Milliseconds for which a response of the broker is reused: probes are frequent, and brokers seldom change. */
const FRESH_MS = 2000;

export class KafkaBrokerHealth implements BrokerHealth {
  private readonly kafka: Kafka;
  private readonly topic: string;
  private admin: Admin | undefined;
  private asked: { at: number; partitions: Promise<number | undefined> } | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.kafka = kafka;
    this.topic = topic;
  }

  async state(): Promise<BrokerState> {
    return (await this.shards()) === undefined ? 'down' : 'up';
  }

  shards(): Promise<number | undefined> {
    const now = performance.now();
    if (!this.asked || now - this.asked.at > FRESH_MS) this.asked = { at: now, partitions: this.ask() };
    return this.asked.partitions;
  }

  async close(): Promise<void> {
    await this.admin?.disconnect();
  }

  private async ask(): Promise<number | undefined> {
    try {
      this.admin ??= this.kafka.admin({ retry: { retries: 0 } });
      await this.admin.connect();
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [this.topic] });
      return topics[0]?.partitions.length;
    } catch {
      return undefined;
    }
  }
}
