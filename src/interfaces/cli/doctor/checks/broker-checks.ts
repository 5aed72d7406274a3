import { type BrokerDiagnosis, LookFailed, type TopicFindings } from '#application/ports/operations/diagnosis';
import { errorText } from '../../connection-errors.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';
import { withTimeout } from './web-requests.ts';

/** Kafka's default limit. It fits the largest event and the largest batch, with room for Kafka's own headers. */
const LEAST_MESSAGE_BYTES = 1_048_588;
const HOW_TO_CREATE =
  'kafka-topics.sh --create --partitions 12 --replication-factor 3 --config min.insync.replicas=2 --topic';

export type BrokerSettings = { readonly topic: string; readonly ssl: boolean; readonly production: boolean };

const TOPIC_CHECKS = [
  'broker.topic',
  'broker.partitions',
  'broker.replication',
  'broker.min_in_sync',
  'broker.message_size',
];

/** @param diagnosis undefined, like the settings, when no broker is configured. */
export async function brokerChecks(
  diagnosis: BrokerDiagnosis | undefined,
  settings: BrokerSettings | undefined,
): Promise<Check[]> {
  if (!diagnosis || !settings)
    return allSkipped(
      ['broker.reachable', 'broker.tls', ...TOPIC_CHECKS],
      'KAFKA_BROKERS is not set, or the KAFKA_ settings are not valid',
    );
  try {
    const { brokers, topic } = await withTimeout(diagnosis.look());
    return [
      ok('broker.reachable', `The cluster has ${brokers} broker${brokers === 1 ? '' : 's'}.`),
      tls(settings),
      ...topicChecks(topic, settings.topic),
    ];
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    return [
      failure(
        'broker.reachable',
        `No broker can be reached: ${errorText(error.reason)}.`,
        'Start the broker, or correct the KAFKA_ settings. Until then events wait in the outbox.',
      ),
      tls(settings),
      ...allSkipped(TOPIC_CHECKS, 'no broker can be reached'),
    ];
  }
}

function allSkipped(ids: readonly string[], why: string): Check[] {
  return ids.map((id) => skipped(id, why));
}

function tls({ ssl, production }: BrokerSettings): Check {
  const id = 'broker.tls';
  if (ssl) return ok(id, 'KAFKA_SSL is true.');
  if (!production) return ok(id, 'KAFKA_SSL is false. Only production requires TLS.');
  return warning(id, 'Events and the Kafka password are sent without TLS.', 'Set KAFKA_SSL=true.');
}

function topicChecks(topic: TopicFindings | undefined, name: string): Check[] {
  if (!topic)
    return [
      failure(
        'broker.topic',
        `The topic ${name} does not exist, or this user may not see it.`,
        `Create it: ${HOW_TO_CREATE} ${name}`,
      ),
      ...allSkipped(TOPIC_CHECKS.slice(1), 'the topic does not exist'),
    ];
  return [
    ok('broker.topic', `The topic ${name} exists.`),
    topic.shards > 1
      ? ok('broker.partitions', `The topic has ${topic.shards} partitions.`)
      : warning(
          'broker.partitions',
          'The topic has one partition, so the consumers of one group cannot share the work.',
          'Create topics with about 12 partitions. Adding partitions later breaks the order of keys whose events are waiting.',
        ),
    replication(topic),
    minInSync(topic),
    messageSize(topic),
  ];
}

function replication({ replicas, shardsBehind }: TopicFindings): Check {
  const id = 'broker.replication';
  if (shardsBehind > 0)
    return warning(id, `${shardsBehind} partitions have copies that are not in sync.`, 'Check the brokers.');
  if (replicas >= 3) return ok(id, `Each partition has ${replicas} copies, and all are in sync.`);
  const says =
    replicas === 1
      ? 'Each partition has one copy: events are lost together with their broker.'
      : `Each partition has ${replicas} copies.`;
  return warning(id, says, 'Use three copies on three brokers: --replication-factor 3.');
}

const NO_TOPIC_SETTINGS = 'this user may not read the settings of the topic (DESCRIBE_CONFIGS)';

function minInSync({ settings, replicas }: TopicFindings): Check {
  const id = 'broker.min_in_sync';
  if (!settings) return skipped(id, NO_TOPIC_SETTINGS);
  const { minInSyncReplicas: least } = settings;
  const fix = 'Set min.insync.replicas=2 and use three copies.';
  if (least > replicas)
    return failure(id, `No event can be published: min.insync.replicas is ${least}, with ${replicas} copies.`, fix);
  if (least === 1)
    return warning(id, 'min.insync.replicas is 1: Kafka may acknowledge an event that only one disk has.', fix);
  if (least === replicas)
    return warning(
      id,
      `min.insync.replicas is ${least}, the number of copies: without one broker nothing can be published.`,
      fix,
    );
  return ok(id, `min.insync.replicas is ${least}.`);
}

function messageSize({ settings }: TopicFindings): Check {
  const id = 'broker.message_size';
  if (!settings) return skipped(id, NO_TOPIC_SETTINGS);
  const { maxMessageBytes } = settings;
  if (maxMessageBytes >= LEAST_MESSAGE_BYTES) return ok(id, `max.message.bytes is ${maxMessageBytes}.`);
  return warning(
    id,
    `max.message.bytes is ${maxMessageBytes}: Kafka may refuse a batch, and then all events wait.`,
    `Set max.message.bytes=${LEAST_MESSAGE_BYTES} or more.`,
  );
}
