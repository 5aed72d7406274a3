import { hash } from 'node:crypto';
import { ReplayEvents } from '#application/outbox/replay-events';
import { VerifyTopic } from '#application/outbox/verify-topic';
import { Authenticate } from '#application/tokens/authenticate';
import type { Logger } from '#application/ports/operations/logger';
import { KafkaBrokerDiagnosis } from '#infrastructure/messaging/kafka-broker-diagnosis';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaTopicReader } from '#infrastructure/messaging/kafka-topic-reader';
import { PostgresDatabaseDiagnosis } from '#infrastructure/persistence/operations/postgres-diagnosis';
import { OperatorConnection } from '#infrastructure/persistence/connections/operator-connection';
import { OperatorSession } from '#infrastructure/persistence/connections/operator-session';
import { PostgresOutboxOverview } from '#infrastructure/persistence/operations/postgres-outbox-overview';
import { PostgresParkedMessages } from '#infrastructure/persistence/operations/postgres-parked-messages';
import { PostgresRelayPause } from '#infrastructure/persistence/operations/postgres-relay-pause';
import { PostgresEventReplay } from '#infrastructure/persistence/outbox/postgres-event-replay';
import { PostgresRetainedEvents } from '#infrastructure/persistence/outbox/postgres-retained-events';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { secretFingerprint } from '#infrastructure/security/verification-keys';
import { SystemClock } from '#infrastructure/system/system-clock';
import { SystemTimer } from '#infrastructure/system/system-timer';
import { doctor } from '#interfaces/cli/doctor/doctor';
import type { DoctorParts } from '#interfaces/cli/doctor/doctor-inputs';
import type { Variables } from '#interfaces/cli/env-file';
import type { CommandOutput } from '#interfaces/cli/exit-codes';
import { InvalidSettings, outbox, type OutboxParts } from '#interfaces/cli/outbox/outbox';
import { type Config, InvalidConfig, readConfig } from './config/config.ts';
import { readConfigParts } from './config/partial-config.ts';
import { stopInStages } from './stopping.ts';

/**
 * Wires the commands that an operator runs beside the service. They do not use the container, which needs a complete
 * and valid configuration: the doctor examines invalid configurations, and an outbox command needs only one or two
 * adapters.
 */
export async function runDoctor(
  args: readonly string[],
  environment: Variables,
  standardInput: AsyncIterable<Buffer | string>,
): Promise<CommandOutput> {
  return doctor(args, environment, standardInput, doctorParts);
}

export async function runOutboxCommand(args: readonly string[], environment: Variables): Promise<CommandOutput> {
  return outbox(args, environment, (variables) => outboxParts(validConfig(variables)));
}

const nothing = () => undefined;
/** The doctor logs nothing, because its report contains everything. */
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const NO_REVOCATIONS = { validAfter: nothing };

function doctorParts(variables: Variables): DoctorParts {
  const { problems, weaknesses, environment, logLevel, http, tokens, scheme, database, kafka } =
    readConfigParts(variables);
  const clock = new SystemClock();
  return {
    settings: {
      problems,
      environment,
      http: http && { ...http, isLimited: http.rateLimits !== undefined },
      logLevel,
      tokens,
    },
    weaknesses,
    tokens: tokens && {
      ...tokens,
      // No revocation is known here. To check revocations, the doctor sends the token to the running service.
      authenticate: new Authenticate(new SimpleJwtTokenVerifier(tokens, clock), NO_REVOCATIONS),
      secret: tokens.keys.secret,
      previousSecret: tokens.keys.previousSecret,
    },
    scheme,
    database: database && { url: database.url, diagnosis: new PostgresDatabaseDiagnosis(database) },
    broker: kafka && {
      topic: kafka.topic,
      ssl: kafka.ssl,
      diagnosis: new KafkaBrokerDiagnosis(createKafka(kafka, SILENT), kafka.topic),
    },
    fingerprint: secretFingerprint,
    now: clock.now(),
  };
}

function validConfig(variables: Variables): Config {
  try {
    return readConfig(variables);
  } catch (error) {
    throw error instanceof InvalidConfig ? invalidSettings(error) : error;
  }
}

function invalidSettings({ message, problems }: InvalidConfig): InvalidSettings {
  return new InvalidSettings(message, problems);
}

function outboxParts({ database, kafka, outbox: { retentionHours }, shutdownTimeoutMs }: Config): OutboxParts {
  const clock = new SystemClock();
  const close = async (...adapters: readonly { close(): Promise<void> }[]) => {
    const parts = adapters.map((adapter) => ({ name: adapter.constructor.name, stop: () => adapter.close() }));
    await stopInStages([() => parts], shutdownTimeoutMs);
  };
  return {
    overview: () => {
      const connection = new OperatorConnection(database);
      return {
        part: new PostgresOutboxOverview(connection, retentionHours > 0),
        close: () => close(connection),
      };
    },
    parkedMessages: () => {
      const connection = new OperatorConnection(database);
      return { part: new PostgresParkedMessages(connection), close: () => close(connection) };
    },
    relayPause: () => {
      const connection = new OperatorConnection(database);
      return { part: new PostgresRelayPause(connection), close: () => close(connection) };
    },
    replayEvents: () => {
      const session = new OperatorSession(database);
      const retained = new PostgresRetainedEvents(session);
      const replay = new PostgresEventReplay(session);
      return {
        part: new ReplayEvents(retained, replay, clock, new SystemTimer(), retentionHours),
        close: () => close(session),
      };
    },
    verifyTopic: () => {
      if (!kafka)
        throw invalidSettings(
          new InvalidConfig(['KAFKA_BROKERS is required: without it there is no topic to compare with']),
        );
      const session = new OperatorSession(database);
      const retained = new PostgresRetainedEvents(session);
      const topic = new KafkaTopicReader(kafka);
      const sha256 = (content: string | Uint8Array) => hash('sha256', content);
      return {
        part: new VerifyTopic(retained, topic, clock, retentionHours, sha256),
        close: () => close(session, topic),
      };
    },
  };
}
