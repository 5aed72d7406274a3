import { Logger } from '#application/ports/system/logger';
import type { Outcome } from '#interfaces/cli/outcome';
import { type App, runMigrations, startApp } from './app.ts';
import { type Config, InvalidConfig, readConfig } from './config/config.ts';

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78;

const command = process.argv[2];
const commandArguments = process.argv.slice(3);
if (command === 'doctor') await examine(commandArguments);
else if (command === 'outbox') await administer(commandArguments);
else {
  const config = configOrExit();
  if (command === 'migrate') await runMigrations(config).catch(exitWith('the migrations failed'));
  else await serve(config);
}

/** It reads the configuration by itself: an invalid one is something to be told of, and no end. */
async function examine(args: readonly string[]): Promise<void> {
  // Loaded by those who want it alone.
  const { doctor } = await import('./doctor.ts');
  end(await doctor(args, process.env, process.stdin).catch(failedUnexpectedly('the doctor')));
}

async function administer(args: readonly string[]): Promise<void> {
  const { outbox } = await import('./outbox.ts');
  end(await outbox(args, process.env).catch(failedUnexpectedly('the command')));
}

function end({ code, output, error }: Outcome): void {
  process.stderr.write(error);
  // What it gave up waiting for must not keep it.
  process.stdout.write(output, () => process.exit(code));
}

/** Without the message: what nobody expected may hold a secret. */
function failedUnexpectedly(what: string): (error: unknown) => never {
  return (error) => {
    console.error(`${what} failed unexpectedly: ${error instanceof Error ? error.name : 'unknown'}`);
    process.exit(1);
  };
}

async function serve(config: Config): Promise<void> {
  const app = await startApp(config).catch(exitWith('the service could not start'));
  const logger = app.container.get(Logger);

  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      logger.warn({ signal }, 'second signal: stopping at once');
      process.exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    void stop(app, logger, 0);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  // An error that nobody expected leaves the process in a state that nobody knows.
  const onUnexpected = (error: unknown) => {
    logger.error({ err: error }, 'unexpected error: the process ends');
    if (stopping) process.exit(1);
    stopping = true;
    void stop(app, logger, 1);
  };
  process.on('uncaughtException', onUnexpected);
  process.on('unhandledRejection', onUnexpected);
}

async function stop(app: App, logger: Logger, code: number): Promise<void> {
  try {
    await app.stop();
    process.exit(code);
  } catch (error) {
    logger.error({ err: error }, 'stopping went wrong');
    process.exit(1);
  }
}

function configOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    console.error(error.message);
    process.exit(EX_CONFIG);
  }
}

/** One line for the operator; the stack only where somebody asked for details. */
function exitWith(what: string): (error: unknown) => never {
  return (error) => {
    const causes: string[] = [];
    for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
    console.error(`${what}: ${causes.length > 0 ? causes.join(': ') : String(error)}`);
    if (process.env['LOG_LEVEL'] === 'debug') console.error(error);
    process.exit(1);
  };
}
