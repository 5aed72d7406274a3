import { join } from 'node:path';
import { LOOPBACK } from './processes/ports.ts';

/** What the environment says about the local stack. Everything else is for the service to read. */
export type Settings = {
  /** Where all state is kept. */
  readonly dir: string;
  readonly databaseUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly kafkaTopic: string;
  readonly postgresPort: number | undefined;
  readonly kafkaPort: number | undefined;
  readonly nodeEnv: string;
  readonly host: string;
  readonly port: number;
  /** How long the service may drain when it is stopped. */
  readonly drainSeconds: number;
};

/** Shorter than in production: somebody sits at the terminal and waits. */
const DRAIN_SECONDS = 10;

/** Kafka's jars: the same for every state folder's broker, and for the tests'. */
export function kafkaLibs(dir: string): string {
  return join(dir, 'kafka-libs');
}

/** Reads the environment; an empty variable counts as unset. @throws Error that names a variable that is no port. */
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
