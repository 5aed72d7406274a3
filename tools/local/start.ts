/**
 * `npm start`: runs PostgreSQL, Kafka and the service on this machine, for development. With DATABASE_URL or
 * KAFKA_BROKERS it uses that server instead of starting one. All state is in LOCAL_DIR. Ctrl-C stops everything, the
 * service first.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { developerAuthorization, secretIn } from './development-token.ts';
import { tailEvents } from './kafka/event-tail.ts';
import { createTopic } from './kafka/kafka-admin.ts';
import { fetchKafka } from './kafka/kafka-jars.ts';
import { missingForKafka } from './kafka/kafka-runtime.ts';
import { startKafka } from './kafka/kafka.ts';
import { startPostgres } from './postgres/postgres.ts';
import { type Exit, type KeptProcess, liveProcesses } from './processes/kept-process.ts';
import { isPortFree, LOOPBACK } from './processes/ports.ts';
import { startService, waitForService } from './service.ts';
import { kafkaLibs, readSettings, type Settings } from './settings.ts';
import { lockStateFolder } from './start-lock.ts';
import { print, say, sayProgress, secondsSince } from './terminal.ts';

/** Milliseconds within which two signals count as one Ctrl-C, which reaches this process twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;
/** Milliseconds to wait for killed processes to disappear. */
const KILL_MS = 3_000;
/** Milliseconds within which a broker that this script did not start has to respond. */
const BROKER_MS = 15_000;
/** Milliseconds between two checks whether npm still runs. */
const PARENT_MS = 1_000;

/** Rate limits that a developer with a load tool does not reach. */
const HIGHEST_LIMITS = {
  RATE_LIMIT_READS_PER_MINUTE: '1000000',
  RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1000000',
  RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1000000',
};

/** Published events are retained, so that a developer can replay them and compare them with the topic. */
const RETENTION = { OUTBOX_RETENTION_HOURS: '24' };

const EVENTS_WAIT = 'Events wait in the outbox until there is a broker.';

// The flag --env-file-if-exists of Node would print a line at each start without such a file.
if (existsSync('.env')) process.loadEnvFile('.env');

const begin = performance.now();
let service: KeptProcess | undefined;
let killing = false;
let stopping = false;
/** A function instead of the variable, because the compiler assumes that the variable is unchanged after an `await`. */
const isStopping = (): boolean => stopping;

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  lockStateFolder(settings.dir);
  await checkPorts(settings);

  const [databaseUrl, brokers] = await Promise.all([
    settings.databaseUrl ?? startDatabase(settings),
    settings.kafkaBrokers ?? startBroker(settings),
  ]);
  const watching = brokers === undefined ? Promise.resolve(false) : watchTopic(brokers, settings.kafkaTopic);

  const env = serviceEnvironment(settings, databaseUrl, brokers);
  const origin = originOf(settings);
  if (isStopping()) return;
  service = await startService(env, settings.drainSeconds, print);
  void service.exited.then(onServiceExit);
  await waitForService(service, origin);
  const watched = await watching;
  if (isStopping()) return;

  say(`Ready in ${secondsSince(begin)}: ${origin} (Ctrl-C stops everything)`);
  if (env.ROLE !== 'relay') say(`API reference, with every request to try out: ${origin}/docs`);
  if (settings.nodeEnv === 'development') printExample(origin, env, watched);
}

async function checkPorts(settings: Settings): Promise<void> {
  const wanted: [string, number | undefined, string][] = [
    ['PORT', settings.port, settings.host],
    ['LOCAL_POSTGRES_PORT', settings.databaseUrl === undefined ? settings.postgresPort : undefined, LOOPBACK],
    ['LOCAL_KAFKA_PORT', settings.kafkaBrokers === undefined ? settings.kafkaPort : undefined, LOOPBACK],
  ];
  for (const [name, port, host] of wanted) {
    if (port !== undefined && !(await isPortFree(port, host))) {
      throw new Error(`Port ${port} is in use: stop what listens there, or set ${name} to another port.`);
    }
  }
}

async function startDatabase(settings: Settings): Promise<string> {
  const since = performance.now();
  const server = await startPostgres({
    dir: join(settings.dir, 'postgres'),
    ...(settings.postgresPort === undefined ? {} : { port: settings.postgresPort }),
  });
  say(`PostgreSQL ready in ${secondsSince(since)}: ${server.url}`);
  void server.exited.then((exit) => {
    sayEnded('PostgreSQL', exit, server.logFile);
  });
  return server.url;
}

/** @returns undefined when no broker can be started. It then prints the reason, and the service runs without a broker. */
async function startBroker(settings: Settings): Promise<string | undefined> {
  const libs = kafkaLibs(settings.dir);
  const missing = await missingForKafka(libs);
  if (missing !== undefined) {
    say(`${missing} Or set KAFKA_BROKERS. ${EVENTS_WAIT}`);
    return undefined;
  }
  try {
    await fetchKafka(libs, (files) => {
      sayProgress('Fetching Kafka (only once); files so far', files);
    });
    const since = performance.now();
    const server = await startKafka({
      dir: join(settings.dir, 'kafka'),
      libs,
      ...(settings.kafkaPort === undefined ? {} : { port: settings.kafkaPort }),
    });
    say(`Kafka ready in ${secondsSince(since)}: ${server.brokers}`);
    void server.exited.then((exit) => {
      sayEnded('Kafka', exit, server.logFile);
    });
    return server.brokers;
  } catch (error) {
    if (!isStopping()) say(`${messageOf(error)} ${EVENTS_WAIT}`);
    return undefined;
  }
}

/** Creates the topic and prints its events. @returns false when that fails. It then prints the reason. */
async function watchTopic(brokers: string, topic: string): Promise<boolean> {
  const work = async (): Promise<void> => {
    await createTopic(brokers, topic);
    await tailEvents(brokers, topic, print);
  };
  const late = sleep(BROKER_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the broker did not respond within ${BROKER_MS / 1000} s`);
  });
  try {
    await Promise.race([work(), late]);
    return true;
  } catch (error) {
    if (!isStopping()) say(`The events on ${topic} at ${brokers} cannot be shown: ${messageOf(error)}`);
    return false;
  }
}

/** Drops empty variables, which count as unset. */
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function serviceEnvironment(settings: Settings, databaseUrl: string, brokers: string | undefined): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...HIGHEST_LIMITS,
    ...RETENTION,
    ...withoutEmpty(process.env),
    NODE_ENV: settings.nodeEnv,
    HOST: settings.host,
    PORT: String(settings.port),
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: settings.kafkaTopic,
    SHUTDOWN_TIMEOUT_SECONDS: String(settings.drainSeconds),
  };
  const keys = ['JWT_SECRET', 'JWT_SECRET_FILE', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'];
  if (!keys.some((name) => process.env[name])) env['JWT_SECRET'] = secretIn(join(settings.dir, 'jwt-secret'));
  return env;
}

/** The origin at which this machine reaches the service. */
function originOf({ host, port }: Settings): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  return `http://${everywhere ? LOOPBACK : host.includes(':') ? `[${host}]` : host}:${port}`;
}

function printExample(origin: string, env: NodeJS.ProcessEnv, watched: boolean): void {
  const authorization = developerAuthorization(env);
  if (authorization === undefined) {
    say('Only Django can sign tokens for this service, because it has no HS256 secret.');
    return;
  }
  const body = {
    type: 'internship',
    title: 'Backend internship',
    description: 'Build services with us.',
    applyUrl: 'https://example.org/apply',
  };
  say(`Try this request (the token is valid for a day)${watched ? '; its event will appear here' : ''}:`);
  print(`
curl -i ${origin}/api/v1/opportunities \\
  -H 'Authorization: ${authorization}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'
`);
}

function sayEnded(name: string, { code, signal }: Exit, logFile: string): void {
  if (!isStopping()) {
    const how = signal ?? `exit code ${String(code)}`;
    say(`${name} has ended (${how}). The service goes on without it. Its log: ${logFile}`);
  }
}

function onServiceExit({ code, signal }: Exit): void {
  if (isStopping()) return;
  say(`The service has ended (${signal ?? `exit code ${String(code)}`}); stopping the servers.`);
  void stop(code ?? 1);
}

/** Stops the service, which drains first, then the servers, and ends this process. */
async function stop(code: number): Promise<void> {
  stopping = true;
  if (service?.running === true) say('Stopping the service …');
  await service?.stop();
  if (killing) return;
  const others = liveProcesses();
  if (others.length > 0) say('Stopping the servers …');
  await Promise.all(others.map((other) => other.stop()));
  process.exit(code);
}

/** Kills all processes that this script has started, without waiting for them. */
async function kill(): Promise<void> {
  killing = true;
  say('Killing everything.');
  const all = liveProcesses();
  for (const one of all) one.kill('SIGKILL');
  await Promise.race([Promise.all(all.map((one) => one.stop())), sleep(KILL_MS)]);
  process.exit(1);
}

let firstSignal: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const now = performance.now();
    if (firstSignal === undefined) {
      firstSignal = now;
      void stop(0);
    } else if (now - firstSignal > SAME_SIGNAL_MS) {
      void kill();
    }
  });
}
if (process.env['npm_lifecycle_event'] !== undefined) {
  const npm = process.ppid;
  setInterval(() => {
    // A parent that has changed means that npm was killed, which could not forward any signal.
    if (process.ppid !== npm && !isStopping()) void stop(1);
  }, PARENT_MS).unref();
}
// A closed terminal must not interrupt the shutdown.
process.stdout.on('error', () => undefined);

try {
  await start();
} catch (error) {
  // Stopping a server that is still starting makes its start fail, which is no error then.
  if (!isStopping()) {
    say(messageOf(error));
    await stop(1);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
