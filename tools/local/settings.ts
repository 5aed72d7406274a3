import { join } from 'node:path';
import { LOOPBACK } from './processes/ports.ts';

/** Settings of the local servers, from environment variables. The service reads its own settings itself. */
export type Settings = {
  /** The folder for all state. */
  readonly dir: string;
  readonly databaseUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly kafkaTopic: string;
  readonly postgresPort: number | undefined;
  readonly kafkaPort: number | undefined;
  readonly nodeEnv: string;
  readonly host: string;
  readonly port: number;
  /** Seconds that the service may drain when it is stopped. */
  readonly drainSeconds: number;
};

/** Default drain time in seconds: shorter than in production, because a developer waits at the terminal. */
const DRAIN_SECONDS = 10;

/** The folder of Kafka's jars, which all brokers of a state folder and the tests share. */
export function kafkaLibs(dir: string): string {
  return join(dir, 'kafka-libs');
}

/** Reads the settings. An empty variable counts as unset. @throws Error that names a variable whose value is no port. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const port = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new Error(`${name} is not a port: ${value}`);
    return number;
  };
  return {
    dir: text('LOCAL_DIR') ?? '.local',
    databaseUrl: text('DATABASE_URL'),
    kafkaBrokers: text('KAFKA_BROKERS'),
    kafkaTopic: text('KAFKA_TOPIC') ?? 'opportunities.events.v1',
    postgresPort: port('LOCAL_POSTGRES_PORT'),
    kafkaPort: port('LOCAL_KAFKA_PORT'),
    nodeEnv: text('NODE_ENV') ?? 'development',
    host: text('HOST') ?? LOOPBACK,
    port: port('PORT') ?? 3000,
    drainSeconds: Number(text('SHUTDOWN_TIMEOUT_SECONDS') ?? DRAIN_SECONDS),
  };
}
