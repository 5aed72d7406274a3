import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import {
  type BrokerDiagnosis,
  type BrokerFindings,
  LookFailed,
  type TopicFindings,
} from '#application/ports/operations/diagnosis';

/**
 * Diagnoses the broker as the service's own user, over its own connections. The admin client of kafkajs does not create
 * a topic when it asks for one.
 */
export class KafkaBrokerDiagnosis implements BrokerDiagnosis {
  private readonly kafka: Kafka;
  private readonly topic: string;

  constructor(kafka: Kafka, topic: string) {
    this.kafka = kafka;
    this.topic = topic;
  }

  async look(): Promise<BrokerFindings> {
    const admin = this.kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      const topics = await admin.listTopics();
      return { brokers: brokers.length, topic: topics.includes(this.topic) ? await this.topicOf(admin) : undefined };
    } catch (error) {
      throw new LookFailed(reasonOf(error));
    } finally {
      admin.disconnect().catch(() => undefined);
    }
  }

  private async topicOf(admin: Admin): Promise<TopicFindings> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [this.topic] });
    const partitions = topics[0]?.partitions ?? [];
    return {
      shards: partitions.length,
      replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      shardsBehind: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
      // Reading settings needs a right that a producer does not need, so a refusal is no failure.
      settings: await this.settingsOf(admin).catch(() => undefined),
    };
  }

  private async settingsOf(admin: Admin): Promise<TopicFindings['settings']> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: this.topic,
          configNames: ['min.insync.replicas', 'max.message.bytes'],
        },
      ],
    });
    const value = (name: string) =>
      Number(resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue);
    return { minInSyncReplicas: value('min.insync.replicas'), maxMessageBytes: value('max.message.bytes') };
  }
}

/** Gives the innermost code. kafkajs wraps the cause in an error about its retries. */
function reasonOf(error: unknown): string {
  let reason = 'UNKNOWN';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'KafkaJSSASLAuthenticationError') return 'SASL_AUTHENTICATION_FAILED';
    const { code, type } = cause as { code?: unknown; type?: unknown };
    const found = [type, code].find((name) => typeof name === 'string' && name !== '');
    if (typeof found === 'string') reason = found;
    else if (/timeout/i.test(cause.message)) reason = 'ETIMEDOUT';
  }
  return reason;
}
