import { type Admin, Kafka, logLevel } from 'kafkajs';

/** Partitions of a topic made for development. */
const PARTITIONS = 6;
/** About 2 seconds: long enough for a broker that has just started, short for one that is not there. */
const RETRIES = 3;

/** Whether a broker answers now. @param brokers a comma list, `host:port,…` */
export async function isKafkaReady(brokers: string): Promise<boolean> {
  try {
    await withAdmin(brokers, 0, (admin) => admin.describeCluster());
    return true;
  } catch {
    return false;
  }
}

/** Creates a topic unless it is there. An existing one stays as it is. @throws Error when the cluster cannot or may not. */
export async function createTopic(brokers: string, topic: string, partitions = PARTITIONS): Promise<void> {
  await withAdmin(brokers, RETRIES, async (admin) => {
    if ((await admin.listTopics()).includes(topic)) return;
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
  });
}

/** Gives a topic more partitions. @param partitions how many it has then. */
export async function createPartitions(brokers: string, topic: string, partitions: number): Promise<void> {
  await withAdmin(brokers, RETRIES, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  });
}

async function withAdmin<T>(brokers: string, retries: number, work: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({
    clientId: 'opportunities-local',
    brokers: brokers.split(','),
    connectionTimeout: 3_000,
    logLevel: logLevel.NOTHING,
    retry: { retries },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
