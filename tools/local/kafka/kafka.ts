import { existsSync, mkdirSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Exit, KeptProcess } from '../processes/kept-process.ts';
import { freePort, LOOPBACK } from '../processes/ports.ts';
import { waitUntilReady } from '../processes/readiness.ts';
import { isKafkaReady } from './kafka-admin.ts';
import { kafkaInContainer } from './kafka-container.ts';
import { kafkaInJava } from './kafka-java.ts';
import { findKafkaRuntime } from './kafka-runtime.ts';
import type { KafkaOptions } from './kafka-settings.ts';

/** A running broker: one node in KRaft mode. It ends when this process ends, if it was not stopped earlier. */
export type KafkaServer = {
  /** The value for `KAFKA_BROKERS`. */
  readonly brokers: string;
  readonly port: number;
  /** Process id of the broker, or of the client where Docker runs it. It changes with `restart`. */
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the broker ends for any reason. `restart` makes a new promise. */
  readonly exited: Promise<Exit>;
  /** Shuts the broker down cleanly, or with SIGKILL after 15 seconds. */
  stop(): Promise<void>;
  /** Sends the broker a signal, e.g. SIGKILL for a crash, SIGSTOP and SIGCONT for a hang. */
  kill(signal: NodeJS.Signals): void;
  /** Waits until the broker has ended, and starts it again with the same data and port. @throws Error when that fails. */
  restart(): Promise<void>;
};

const STOP_MS = 15_000;

/**
 * Starts a Kafka broker, with Java or else with Docker, and waits until it responds.
 * @throws Error with one line that says what is missing or why it does not start.
 */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const runtime = await findKafkaRuntime(options.libs);
  if ('missing' in runtime) throw new Error(runtime.missing);
  const dir = resolve(options.dir);
  const logFile = join(dir, 'server.log');
  mkdirSync(dir, { recursive: true });
  if (existsSync(logFile)) truncateSync(logFile);

  const port = options.port ?? (await freePort());
  const brokers = `${LOOPBACK}:${port}`;
  const { kill, ...program } =
    runtime.kind === 'java'
      ? await kafkaInJava(runtime.java, { ...options, dir, port, logFile })
      : kafkaInContainer({ dir, port, removeOnStop: options.removeOnStop ?? false });
  const kept = await KeptProcess.start({
    ...program,
    logFile,
    stopSignal: 'SIGTERM',
    graceMs: STOP_MS,
    ...(options.removeOnStop === true ? { removeFolder: dir } : {}),
  });
  const ready = (): Promise<void> =>
    waitUntilReady(kept, {
      name: 'Kafka',
      logFile,
      isReady: () => isKafkaReady(brokers),
      complaint: /^(?:[\w.$]+(?:Exception|Error): |Error)/,
      predecessor: /Failed to acquire lock/,
    });
  try {
    await ready();
  } catch (error) {
    await kept.stop();
    throw error;
  }

  return {
    brokers,
    port,
    logFile,
    get pid() {
      return kept.pid;
    },
    get exited() {
      return kept.exited;
    },
    stop: () => kept.stop(),
    kill: (signal) => {
      if (kill === undefined) kept.kill(signal);
      else kill(signal);
    },
    restart: async () => {
      await kept.startAgain();
      await ready();
    },
  };
}
