import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { OutboxAdministration } from '#application/ports/outbox/outbox-administration';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { KafkaTopicReader } from '#infrastructure/messaging/kafka-topic-reader';
import { PostgresOutboxAdministration } from '#infrastructure/persistence/outbox/postgres-outbox-administration';
import { PostgresRetainedEvents } from '#infrastructure/persistence/outbox/postgres-retained-events';
import { readAsNode } from '#interfaces/cli/env-file';
import { errorCode } from '#interfaces/cli/failure-messages';
import { inWords } from '#interfaces/cli/failure-messages';
import { readEnvFileIfExists, UnreadableFile } from '#interfaces/cli/doctor/doctor-inputs';
import { BadUsage } from '#interfaces/cli/outbox/command-arguments';
import { type Answer, CannotBeDone, type OutboxCommand } from '#interfaces/cli/outbox/outbox-command';
import { parkedList, parkedShow } from '#interfaces/cli/outbox/parked';
import { pause, resume } from '#interfaces/cli/outbox/pause-relaying';
import { peek } from '#interfaces/cli/outbox/status';
import { parkedDiscard, parkedRetry } from '#interfaces/cli/outbox/parked';
import { replay } from '#interfaces/cli/outbox/replay';
import { status } from '#interfaces/cli/outbox/status';
import { verify } from '#interfaces/cli/outbox/verify';
import type { Outcome } from '#interfaces/cli/outcome';
import { type Config, InvalidConfig, readConfig } from './config/config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command with its port behind it. */
type Wired = {
  readonly usage: string;
  /** @throws BadUsage */
  read(args: readonly string[]): {
    readonly help: boolean;
    readonly json: boolean;
    perform(config: Config): Promise<Answer>;
  };
};

/** By name, in the order of the help. */
const COMMANDS: ReadonlyMap<string, Wired> = new Map([
  ['status', administering(status)],
  ['peek', administering(peek)],
  ['parked list', administering(parkedList)],
  ['parked show', administering(parkedShow)],
  ['parked retry', administering(parkedRetry)],
  ['parked discard', administering(parkedDiscard)],
  ['pause', administering(pause)],
  ['resume', administering(resume)],
  ['replay', replaying()],
  ['verify', verifying()],
]);

const FINE = 0;
const SOMETHING_WRONG = 1;
const BAD_USAGE = 2;
/** sysexits.h: EX_CONFIG */
const BAD_CONFIGURATION = 78;

const HEAD = `Looks at the outbox, and lets go what is held back.

  npm run outbox -- COMMAND        node dist/main.js outbox COMMAND
`;

const TAIL = `
  --json prints the answer as JSON, and COMMAND --help what is said of it here. The configuration is that of the service,
  from the environment and from .env in this folder, if there is one; what the environment has wins.

Exit codes: 0 nothing is wrong, 1 something is, 2 this command line cannot be followed, 78 the configuration is not valid.
docs/operators/outbox-commands.md
`;

/** The commands of the outbox, for operators. Wired by hand: a connection or two are all they need. */
export async function outbox(args: readonly string[], environment: Environment): Promise<Outcome> {
  const found = named(args);
  if (!found) return unknown(args);
  const { name, command, rest } = found;
  let json = rest.includes('--json');
  try {
    const request = command.read(rest);
    json = request.json;
    if (request.help) return { code: FINE, output: HEAD + command.usage + TAIL, error: '' };
    const file = await readEnvFileIfExists('.env');
    const config = readConfig({ ...(file && readAsNode(file.text)), ...environment });
    const { ok, text, json: fields } = await request.perform(config);
    return {
      code: ok ? FINE : SOMETHING_WRONG,
      output: json ? asJson(name, ok, fields) : text,
      error: '',
    };
  } catch (error) {
    const failed = failure(error);
    if (!failed) throw error;
    const { code, problems, text } = failed;
    if (json) return { code, output: asJson(name, false, { problems }), error: '' };
    return { code, output: '', error: code === BAD_USAGE ? `${text}\n${command.usage}` : `${text}\n` };
  }
}

function administering(command: OutboxCommand<OutboxAdministration>): Wired {
  return {
    usage: command.usage,
    read: (args) => {
      const request = command.read(args);
      return {
        ...request,
        perform: async ({ database, outbox: { retentionHours } }) => {
          const administration = new PostgresOutboxAdministration(database, retentionHours > 0);
          try {
            return await request.perform(administration);
          } finally {
            await administration.close();
          }
        },
      };
    },
  };
}

function replaying(): Wired {
  return {
    usage: replay.usage,
    read: (args) => {
      const request = replay.read(args);
      return {
        ...request,
        perform: async ({ database, outbox: { retentionHours: hours } }) => {
          const retained = new PostgresRetainedEvents(database);
          const stop = new AbortController();
          const onSignal = () => {
            stop.abort();
          };
          // A second one ends the process at once.
          process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
          const tell = (line: string) => void process.stderr.write(`${line}\n`);
          try {
            return await request.perform({ retained, hours, stop: stop.signal, tell });
          } finally {
            process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
            await retained.close();
          }
        },
      };
    },
  };
}

function verifying(): Wired {
  return {
    usage: verify.usage,
    read: (args) => {
      const request = verify.read(args);
      return {
        ...request,
        perform: async ({ database, kafka, outbox: { retentionHours: hours } }) => {
          if (!kafka)
            throw new InvalidConfig(['KAFKA_BROKERS is required: without it there is no topic to compare with']);
          const retained = new PostgresRetainedEvents(database);
          const topic = new KafkaTopicReader(kafka);
          try {
            return await request.perform({ retained, hours, topic });
          } finally {
            await Promise.all([retained.close(), topic.close()]);
          }
        },
      };
    },
  };
}

/** A command's name has one word or two. */
function named(args: readonly string[]): { name: string; command: Wired; rest: readonly string[] } | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const command = COMMANDS.get(name);
    if (command) return { name, command, rest: args.slice(words) };
  }
  return undefined;
}

function unknown(args: readonly string[]): Outcome {
  const help = HEAD + [...COMMANDS.values()].map(({ usage }) => usage).join('') + TAIL;
  const [first, second] = args;
  const isFirstWord = [...COMMANDS.keys()].some((name) => name.startsWith(`${first ?? ''} `));
  const asked = isFirstWord ? second : first;
  if (asked === '--help' || asked === '-h') return { code: FINE, output: help, error: '' };
  const words = args.slice(0, isFirstWord ? 2 : 1).join(' ');
  const problem = words === '' ? 'there is no command' : `${words}: there is no such command`;
  return { code: BAD_USAGE, output: '', error: `${problem}\n\n${help}` };
}

/** Names that are documented; what a command has found is among them. */
function asJson(command: string, ok: boolean, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ version: 1, command, ok, ...fields }, null, 2)}\n`;
}

/** undefined: nobody expected it. */
function failure(error: unknown): { code: number; problems: readonly string[]; text: string } | undefined {
  if (error instanceof BadUsage) return { code: BAD_USAGE, problems: error.problems, text: error.message };
  if (error instanceof InvalidConfig) return { code: BAD_CONFIGURATION, problems: error.problems, text: error.message };
  if (error instanceof UnreadableFile) return single(BAD_CONFIGURATION, error.message);
  if (error instanceof CannotBeDone || error instanceof BrokerUnavailable)
    return single(SOMETHING_WRONG, error.message);
  const code = errorCode(error);
  if (code !== undefined) return single(SOMETHING_WRONG, `the database: ${inWords(code)}`);
  return error instanceof StorageUnavailable ? single(SOMETHING_WRONG, 'the database does not answer') : undefined;
}

function single(code: number, problem: string) {
  return { code, problems: [problem], text: problem };
}
