import type { ReplayEvents } from '#application/outbox/replay-events';
import type { VerifyTopic } from '#application/outbox/verify-topic';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { OutboxOverview } from '#application/ports/operations/outbox-overview';
import type { ParkedMessages } from '#application/ports/operations/parked-messages';
import type { RelayPause } from '#application/ports/operations/relay-pause';
import { StorageUnavailable } from '#application/ports/application-error';
import { errorCode, errorText } from '../connection-errors.ts';
import { readAsNode, readEnvFileIfExists, UnreadableFile, type Variables } from '../env-file.ts';
import { type CommandOutput, EXIT } from '../exit-codes.ts';
import { BadUsage } from './command-arguments.ts';
import { CannotBeDone, type CommandResult, type OutboxCommand } from './outbox-command.ts';
import { parkedDiscard, parkedList, parkedRetry, parkedShow } from './parked.ts';
import { pause, resume } from './pause-relaying.ts';
import { type Replay, replay } from './replay.ts';
import { peek, status } from './status.ts';
import { verify } from './verify.ts';

/** A part of the application with the connections that were opened for it. */
export type Opened<Part> = { readonly part: Part; readonly close: () => Promise<void> };

/** The parts of the application that commands use. Each is opened when its command runs, and closed afterwards. */
export type OutboxParts = {
  overview(): Opened<OutboxOverview>;
  parkedMessages(): Opened<ParkedMessages>;
  relayPause(): Opened<RelayPause>;
  replayEvents(): Opened<ReplayEvents>;
  /** @throws InvalidSettings when no broker is configured. */
  verifyTopic(): Opened<VerifyTopic>;
};

/** The configuration is not valid. No message contains a value, because any value may be a secret. */
export class InvalidSettings extends Error {
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[]) {
    super(message);
    this.problems = problems;
  }
}

/** The result of a command whose connections were closed again, as far as possible. */
type Closed = { readonly result: CommandResult; readonly problem: string | undefined };

/** A command that knows how to open its part. */
type RunnableCommand = {
  readonly usage: string;
  /** @throws BadUsage */
  read(args: readonly string[]): {
    readonly help: boolean;
    readonly json: boolean;
    run(parts: OutboxParts): Promise<Closed>;
  };
};

/** Commands by name, in the order of the help. */
const COMMANDS: ReadonlyMap<string, RunnableCommand> = new Map([
  ['status', runnable(status, (parts) => parts.overview())],
  ['peek', runnable(peek, (parts) => parts.overview())],
  ['parked list', runnable(parkedList, (parts) => parts.parkedMessages())],
  ['parked show', runnable(parkedShow, (parts) => parts.parkedMessages())],
  ['parked retry', runnable(parkedRetry, (parts) => parts.parkedMessages())],
  ['parked discard', runnable(parkedDiscard, (parts) => parts.parkedMessages())],
  ['pause', runnable(pause, (parts) => parts.relayPause())],
  ['resume', runnable(resume, (parts) => parts.relayPause())],
  ['replay', runnable(replay, (parts) => untilSignal(parts.replayEvents()))],
  ['verify', runnable(verify, (parts) => parts.verifyTopic())],
]);

const HEAD = `Shows the outbox, and controls how the relays process it.

  npm run outbox -- COMMAND        node dist/main.js outbox COMMAND
`;

const TAIL = `
  --json prints the result as JSON. COMMAND --help prints the help of one command. The configuration is the service's: it
  comes from the environment, and from .env in this folder if that file exists. The environment wins over the file.

Exit codes: 0 nothing is wrong, 1 something is wrong, 2 the command line is not valid, 78 the configuration is not valid.
docs/operators/outbox-commands.md
`;

/**
 * Runs one of the operators' commands for the outbox.
 * @param connect prepares the parts of the application with the given settings; throws InvalidSettings.
 */
export async function outbox(
  args: readonly string[],
  environment: Variables,
  connect: (variables: Variables) => OutboxParts,
): Promise<CommandOutput> {
  const found = commandOf(args);
  if (!found) return unknownCommand(args);
  const { name, command, rest } = found;
  let json = rest.includes('--json');
  try {
    const parsed = command.read(rest);
    json = parsed.json;
    if (parsed.help) return { code: EXIT.ok, output: HEAD + command.usage + TAIL, error: '' };
    const file = await readEnvFileIfExists('.env');
    const parts = connect({ ...(file && readAsNode(file.text)), ...environment });
    const { result, problem } = await parsed.run(parts);
    return outputOf(name, result, problem, json);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    const { code, problems, text } = failure;
    if (json) return { code, output: asJson(name, false, { problems }), error: '' };
    return { code, output: '', error: code === EXIT.badUsage ? `${text}\n${command.usage}` : `${text}\n` };
  }
}

function runnable<Part>(command: OutboxCommand<Part>, open: (parts: OutboxParts) => Opened<Part>): RunnableCommand {
  return {
    usage: command.usage,
    read: (args) => {
      const parsed = command.read(args);
      const run = async (parts: OutboxParts) => {
        const { part, close } = open(parts);
        const closed = () => close().then(() => undefined, closingProblem);
        try {
          const result = await parsed.perform(part);
          return { result, problem: await closed() };
        } catch (error) {
          // Only the reason for which the command failed is printed. It usually is why closing fails, too.
          await closed();
          throw error;
        }
      };
      return { help: parsed.help, json: parsed.json, run };
    },
  };
}

/** Prints the result in any case, because the command has taken effect. The exit code is that of a failure if a connection stayed open. */
function outputOf(name: string, result: CommandResult, problem: string | undefined, json: boolean): CommandOutput {
  const ok = result.ok && problem === undefined;
  const code = ok ? EXIT.ok : EXIT.failed;
  const fields = problem === undefined ? result.json : { ...result.json, problems: [problem] };
  if (json) return { code, output: asJson(name, ok, fields), error: '' };
  return { code, output: result.text, error: problem === undefined ? '' : `${problem}\n` };
}

/** The message of an unexpected error may contain a secret, so only the error's name is told. */
function closingProblem(error: unknown): string {
  const code = errorCode(error);
  const reason = code === undefined ? (error instanceof Error ? error.name : 'unknown') : errorText(code);
  return `The command has run, but its connections did not close: ${reason}.`;
}

/** Lets the first Ctrl-C stop the replay in good order. Because the handler is used once, a second one ends the process. */
function untilSignal({ part, close }: Opened<ReplayEvents>): Opened<Replay> {
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  return {
    part: { events: part, stop: stop.signal, tell },
    close: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      return close();
    },
  };
}

/** The name of a command has one word or two. */
function commandOf(args: readonly string[]) {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const command = COMMANDS.get(name);
    if (command) return { name, command, rest: args.slice(words) };
  }
  return undefined;
}

function unknownCommand(args: readonly string[]): CommandOutput {
  const help = HEAD + [...COMMANDS.values()].map(({ usage }) => usage).join('') + TAIL;
  const [first, second] = args;
  const isFirstWord = [...COMMANDS.keys()].some((name) => name.startsWith(`${first ?? ''} `));
  const option = isFirstWord ? second : first;
  if (option === '--help' || option === '-h') return { code: EXIT.ok, output: help, error: '' };
  const name = args.slice(0, isFirstWord ? 2 : 1).join(' ');
  const problem = name === '' ? 'A command is missing.' : `${name}: this command does not exist.`;
  return { code: EXIT.badUsage, output: '', error: `${problem}\n\n${help}` };
}

function asJson(command: string, ok: boolean, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ version: 1, command, ok, ...fields }, null, 2)}\n`;
}

type Failure = { readonly code: CommandOutput['code']; readonly problems: readonly string[]; readonly text: string };

/** @returns undefined for an unexpected error, which is a defect of the application. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof BadUsage) return { code: EXIT.badUsage, problems: error.problems, text: error.message };
  if (error instanceof InvalidSettings)
    return { code: EXIT.badConfiguration, problems: error.problems, text: error.message };
  if (error instanceof UnreadableFile) return single(EXIT.badConfiguration, error.message);
  if (error instanceof CannotBeDone || error instanceof BrokerUnavailable) return single(EXIT.failed, error.message);
  const code = errorCode(error);
  if (code !== undefined) return single(EXIT.failed, `The database cannot be used: ${errorText(code)}.`);
  return error instanceof StorageUnavailable ? single(EXIT.failed, 'The database does not respond.') : undefined;
}

function single(code: CommandOutput['code'], problem: string): Failure {
  return { code, problems: [problem], text: problem };
}
