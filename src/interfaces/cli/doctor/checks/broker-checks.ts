import { type BrokerDiagnosis, LookFailed, type TopicFindings } from '#application/ports/operations/diagnosis';
import { errorText } from '../../connection-errors.ts';
import { withTimeout } from './web-requests.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';

/** What an event and a batch may have at most, with room for Kafka's own headers: Kafka's default. */
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

/** @param diagnosis undefined, as the settings are, when no broker is configured */
export async function brokerChecks(
  diagnosis: BrokerDiagnosis | undefined,
  settings: BrokerSettings | undefined,
): Promise<Check[]> {
  if (!diagnosis || !settings)
    return unseen(
      ['broker.reachable', 'broker.tls', ...TOPIC_CHECKS],
      'KAFKA_BROKERS is not set, or the KAFKA_ settings are not valid',
    );
  try {
    const { brokers, topic } = await withTimeout(diagnosis.look());
    return [
      ok('broker.reachable', `the cluster has ${brokers} broker${brokers === 1 ? '' : 's'}`),
      tls(settings),
      ...topicChecks(topic, settings.topic),
    ];
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    return [
      failure(
        'broker.reachable',
        `no broker can be looked at: ${errorText(error.reason)}`,
        'Start it, or mend the KAFKA_ settings. Until then events wait in the outbox.',
      ),
      tls(settings),
      ...unseen(TOPIC_CHECKS, 'no broker answers'),
    ];
  }
}

function unseen(ids: readonly string[], why: string): Check[] {
  return ids.map((id) => skipped(id, why));
}

function tls({ ssl, production }: BrokerSettings): Check {
  const id = 'broker.tls';
  if (ssl) return ok(id, 'KAFKA_SSL is true');
  if (!production) return ok(id, 'KAFKA_SSL is false, and NODE_ENV is not production');
  return warning(id, 'events and the password of Kafka travel without TLS', 'Set KAFKA_SSL=true.');
}

function topicChecks(topic: TopicFindings | undefined, name: string): Check[] {
  if (!topic)
    return [
      failure(
        'broker.topic',
        `there is no topic ${name}, or this user may not see it`,
        `Create it: ${HOW_TO_CREATE} ${name}`,
      ),
      ...unseen(TOPIC_CHECKS.slice(1), 'there is no topic'),
    ];
  return [
    ok('broker.topic', `${name} exists`),
    topic.partitions > 1
      ? ok('broker.partitions', `${topic.partitions} partitions`)
      : warning(
          'broker.partitions',
          'one partition: consumers of one group cannot share the work',
          'Create topics with 12 or so; adding some later breaks the order of keys that have events waiting.',
        ),
    replication(topic),
    minInSync(topic),
    messageSize(topic),
  ];
}

function replication({ replicas, partitionsBehind }: TopicFindings): Check {
  const id = 'broker.replication';
  if (partitionsBehind > 0)
    return warning(id, `${partitionsBehind} partitions have copies that are behind`, 'Look after the brokers.');
  if (replicas >= 3) return ok(id, `${replicas} copies of each partition, all in sync`);
  const says = replicas === 1 ? 'one copy: with its broker, events are lost' : `${replicas} copies of each partition`;
  return warning(id, says, 'Three copies on three brokers: --replication-factor 3.');
}

function minInSync({ settings, replicas }: TopicFindings): Check {
  const id = 'broker.min_in_sync';
  if (!settings) return skipped(id, 'this user may not read the settings of the topic (DESCRIBE_CONFIGS)');
  const { minInSyncReplicas: least } = settings;
  const fix = 'min.insync.replicas=2, with three copies.';
  if (least > replicas)
    return failure(id, `min.insync.replicas is ${least} with ${replicas} copies: no event can be published`, fix);
  if (least === 1) return warning(id, 'min.insync.replicas is 1: an event may be acknowledged on one disk alone', fix);
  if (least === replicas)
    return warning(id, `min.insync.replicas is ${least}, as many as there are copies: no broker may be away`, fix);
  return ok(id, `min.insync.replicas is ${least}`);
}

function messageSize({ settings }: TopicFindings): Check {
  const id = 'broker.message_size';
  if (!settings) return skipped(id, 'this user may not read the settings of the topic (DESCRIBE_CONFIGS)');
  const { maxMessageBytes } = settings;
  if (maxMessageBytes >= LEAST_MESSAGE_BYTES) return ok(id, `max.message.bytes is ${maxMessageBytes}`);
  return warning(
    id,
    `max.message.bytes is ${maxMessageBytes}: Kafka may refuse batches, and then all events wait`,
    `max.message.bytes=${LEAST_MESSAGE_BYTES} or more.`,
  );
}
