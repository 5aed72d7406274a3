/**
 * `npm start`: PostgreSQL, Kafka and the service on this machine, for development. What already runs elsewhere is not
 * started: set DATABASE_URL, KAFKA_BROKERS. All state is in LOCAL_DIR. Ctrl-C stops everything, the service first.
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
import { type Exit, type KeptProcess, liveProcesses } from './processes/kept-process.ts';
import { isPortFree, LOOPBACK } from './processes/ports.ts';
import { startPostgres } from './postgres/postgres.ts';
import { startService, waitForService } from './service.ts';
import { kafkaLibs, readSettings, type Settings } from './settings.ts';
import { lockStateFolder } from './start-lock.ts';
import { print, say, sayProgress, secondsSince } from './terminal.ts';

/** npm sends a Ctrl-C on to us that the terminal has sent us, too: within this time, in milliseconds, two are one. */
const SAME_SIGNAL_MS = 500;
/** How long killed processes may take to be gone, in milliseconds. */
const KILL_MS = 3_000;
/** How long a given broker may take to answer, in milliseconds. */
const BROKER_MS = 15_000;
/** How often to see whether npm is still there, in milliseconds. */
const PARENT_MS = 1_000;

/** One developer with a tool asks as often as a thousand users. */
const HIGHEST_LIMITS = {
  RATE_LIMIT_READS_PER_MINUTE: '1000000',
  RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1000000',
  RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1000000',
};

/** So that there is something to replay, and to compare with the topic. */
const RETENTION = { OUTBOX_RETENTION_HOURS: '24' };

const STAYS = 'Events stay in the outbox until there is a broker.';

// node --env-file-if-exists would tell of each start that there is no such file.
if (existsSync('.env')) process.loadEnvFile('.env');

const begin = performance.now();
let service: KeptProcess | undefined;
let killing = false;
let stopping = false;
/** As a function: the compiler would take an answer from before an `await` for the answer after it. */
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
  if (env.ROLE !== 'relay') say(`Every request and answer, to read and to try: ${origin}/docs`);
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
    tellEnd('PostgreSQL', exit, server.logFile);
  });
  return server.url;
}

/** @returns undefined, and says why, when there can be no broker: the service runs without. */
async function startBroker(settings: Settings): Promise<string | undefined> {
  const libs = kafkaLibs(settings.dir);
  const missing = await missingForKafka(libs);
  if (missing !== undefined) {
    say(`${missing} Or set KAFKA_BROKERS. ${STAYS}`);
    return undefined;
  }
  try {
    await fetchKafka(libs, (files) => {
      sayProgress('Fetching Kafka, once; files so far', files);
    });
    const since = performance.now();
    const server = await startKafka({
      dir: join(settings.dir, 'kafka'),
      libs,
      ...(settings.kafkaPort === undefined ? {} : { port: settings.kafkaPort }),
    });
    say(`Kafka ready in ${secondsSince(since)}: ${server.brokers}`);
    void server.exited.then((exit) => {
      tellEnd('Kafka', exit, server.logFile);
    });
    return server.brokers;
  } catch (error) {
    if (!isStopping()) say(`${messageOf(error)} ${STAYS}`);
    return undefined;
  }
}

/** Creates the topic and shows what is published there. @returns false, and says why, when a broker does not let us. */
async function watchTopic(brokers: string, topic: string): Promise<boolean> {
  const work = async (): Promise<void> => {
    await createTopic(brokers, topic);
    await tailEvents(brokers, topic, print);
  };
  const late = sleep(BROKER_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${BROKER_MS / 1000} s`);
  });
  try {
    await Promise.race([work(), late]);
    return true;
  } catch (error) {
    if (!isStopping()) say(`The events on ${topic} at ${brokers} cannot be shown: ${messageOf(error)}`);
    return false;
  }
}

/** What is set: an empty variable counts as unset. */
function given(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function serviceEnvironment(settings: Settings, databaseUrl: string, brokers: string | undefined): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...HIGHEST_LIMITS,
    ...RETENTION,
    ...given(process.env),
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

/** Where this machine reaches the service. */
function originOf({ host, port }: Settings): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  return `http://${everywhere ? LOOPBACK : host.includes(':') ? `[${host}]` : host}:${port}`;
}

function printExample(origin: string, env: NodeJS.ProcessEnv, watched: boolean): void {
  const authorization = developerAuthorization(env);
  if (authorization === undefined) {
    say("Tokens are Django's to sign here: the service has no HS256 secret.");
    return;
  }
  const body = {
    type: 'internship',
    title: 'Backend internship',
    description: 'Build services with us.',
    applyUrl: 'https://example.org/apply',
  };
  say(`Try it (the token is valid for a day)${watched ? '; its event will show up here' : ''}:`);
  print(`
curl -i ${origin}/api/v1/opportunities \\
  -H 'Authorization: ${authorization}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'
`);
}

function tellEnd(name: string, { code, signal }: Exit, logFile: string): void {
  if (!isStopping()) {
    const how = signal ?? `exit code ${String(code)}`;
    say(`${name} has ended (${how}), and the service goes on without it. Its log: ${logFile}`);
  }
}

function onServiceExit({ code, signal }: Exit): void {
  if (isStopping()) return;
  say(`The service has ended (${signal ?? `exit code ${String(code)}`}); stopping the servers.`);
  void stop(code ?? 1);
}

/** Stops the service, which drains, then everything else, and ends this process. */
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

/** Ends everything at once. */
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
    // npm was killed and could not send us a signal.
    if (process.ppid !== npm && !isStopping()) void stop(1);
  }, PARENT_MS).unref();
}
// A terminal that was closed is no reason to stop stopping.
process.stdout.on('error', () => undefined);

try {
  await start();
} catch (error) {
  // What was being started ends with an error when it is stopped.
  if (!isStopping()) {
    say(messageOf(error));
    await stop(1);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
