import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';

/** Number of partitions of a topic that is made for development. */
const PARTITIONS = 6;
/** Three retries take about 2 seconds: enough for a broker that has just started, and a short wait when there is none. */
const RETRIES = 3;
/** Milliseconds within which a broker must lead every partition of a new topic. */
const LEADERS_MS = 15_000;

/** Whether a broker responds now. @param brokers a comma-separated list, `host:port,…` */
export async function isKafkaReady(brokers: string): Promise<boolean> {
  try {
    await withAdmin(brokers, 0, (admin) => admin.describeCluster());
    return true;
  } catch {
    return false;
  }
}

/** Creates a topic, unless it exists. @throws Error when the cluster does not respond or does not allow it. */
export async function createTopic(brokers: string, topic: string, partitions = PARTITIONS): Promise<void> {
  await withAdmin(brokers, RETRIES, async (admin) => {
    if ((await admin.listTopics()).includes(topic)) return;
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
    await untilLed(admin, topic);
  });
}

/** A new topic's metadata name the leaders a moment before the brokers know that they lead, and refuse events until then. */
async function untilLed(admin: Admin, topic: string): Promise<void> {
  const deadline = Date.now() + LEADERS_MS;
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** Adds partitions to a topic. @param partitions the new total. */
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
