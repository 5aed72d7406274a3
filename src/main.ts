import { Logger } from '#application/ports/operations/logger';
import { type CommandOutput, EXIT } from '#interfaces/cli/exit-codes';
import { App, runMigrations, StoppedWhileStarting } from './app.ts';
import { type Config, InvalidConfig, processEnvironment, readConfig } from './config/config.ts';

const command = process.argv[2];
const commandArguments = process.argv.slice(3);
if (command === 'doctor') await doctorCommand(commandArguments);
else if (command === 'outbox') await outboxCommand(commandArguments);
else {
  const config = configOrExit();
  if (command === 'migrate') await runMigrations(config).catch(exitWith('the migrations failed'));
  else await serve(config);
}

/**
 * The doctor reads the configuration by itself, because it reports an invalid configuration where the service would
 * end.
 */
async function doctorCommand(args: readonly string[]): Promise<void> {
  // Imported here, not above: the service itself never needs the commands.
  const { runDoctor } = await import('./commands.ts');
  end(await runDoctor(args, processEnvironment(), process.stdin).catch(failedUnexpectedly('the doctor')));
}

async function outboxCommand(args: readonly string[]): Promise<void> {
  const { runOutboxCommand } = await import('./commands.ts');
  end(await runOutboxCommand(args, processEnvironment()).catch(failedUnexpectedly('the command')));
}

function end({ code, output, error }: CommandOutput): void {
  process.stderr.write(error);
  // Without exit(), a connection that the command gave up waiting for would keep the process alive.
  process.stdout.write(output, () => process.exit(code));
}

/** Prints the error's name and not its message: the message of an unexpected error may contain a secret. */
function failedUnexpectedly(what: string): (error: unknown) => never {
  return (error) => {
    console.error(`${what} failed unexpectedly: ${error instanceof Error ? error.name : 'unknown'}`);
    process.exit(EXIT.failed);
  };
}

async function serve(config: Config): Promise<void> {
  const app = appOrExit(config);
  const logger = app.container.get(Logger);

  // A signal during the start stops the service, too: as the first process of a container it would have no effect otherwise.
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      logger.warn({ signal }, 'second signal: stopping at once');
      process.exit(EXIT.failed);
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    void stop(app, logger, EXIT.ok);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  // After an unexpected error the process is in an unknown state, so it ends.
  const onUnexpected = (error: unknown) => {
    logger.error({ err: error }, 'unexpected error: the process ends');
    if (stopping) process.exit(EXIT.failed);
    stopping = true;
    void stop(app, logger, EXIT.failed);
  };
  process.on('uncaughtException', onUnexpected);
  process.on('unhandledRejection', onUnexpected);

  try {
    await app.start();
  } catch (error) {
    if (!(error instanceof StoppedWhileStarting)) exitWith('the service could not start')(error);
  }
}

async function stop(app: App, logger: Logger, code: number): Promise<void> {
  try {
    await app.stop();
    process.exit(code);
  } catch (error) {
    logger.error({ err: error }, 'the service could not stop');
    process.exit(EXIT.failed);
  }
}

function appOrExit(config: Config): App {
  try {
    return new App(config);
  } catch (error) {
    return exitWith('the service could not start')(error);
  }
}

function configOrExit(): Config {
  try {
    return readConfig(processEnvironment());
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    console.error(error.message);
    process.exit(EXIT.badConfiguration);
  }
}

/** Prints one line for the operator, and the stack only if LOG_LEVEL is debug. */
function exitWith(what: string): (error: unknown) => never {
  return (error) => {
    const causes: string[] = [];
    for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
    console.error(`${what}: ${causes.length > 0 ? causes.join(': ') : String(error)}`);
    if (processEnvironment()['LOG_LEVEL'] === 'debug') console.error(error);
    process.exit(EXIT.failed);
  };
}
