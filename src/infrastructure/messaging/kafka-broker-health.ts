import type { Admin, Kafka } from 'kafkajs';
import type { BrokerHealth, BrokerState } from '#application/ports/health';

/** Milliseconds for which an answer is good: probes come often, brokers seldom change. */
const FRESH_MS = 2000;

export class KafkaBrokerHealth implements BrokerHealth {
  private readonly kafka: Kafka;
  private readonly topic: string;
  private admin: Admin | undefined;
  private asked: { at: number; state: Promise<BrokerState> } | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.kafka = kafka;
    this.topic = topic;
  }

  state(): Promise<BrokerState> {
    const now = performance.now();
    if (!this.asked || now - this.asked.at > FRESH_MS) this.asked = { at: now, state: this.ask() };
    return this.asked.state;
  }

  async close(): Promise<void> {
    await this.admin?.disconnect();
  }

  private async ask(): Promise<BrokerState> {
    try {
      this.admin ??= this.kafka.admin({ retry: { retries: 0 } });
      await this.admin.connect();
      await this.admin.fetchTopicMetadata({ topics: [this.topic] });
      return 'up';
    } catch {
      return 'down';
    }
  }
}
