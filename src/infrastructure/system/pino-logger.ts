import { type DestinationStream, type Level, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from '#application/ports/operations/logger';
import type { RequestScope } from '#application/ports/operations/request-scope';

export type LogLevel = Level | 'silent';

/** Fields with these names are redacted, at the top and one level down, in case they are logged by accident. */
const SECRETS = [
  'authorization',
  'cookie',
  'set-cookie',
  'email',
  'applyEmail',
  'token',
  'password',
  'secret',
  'claims',
];
const REDACTED = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]);

/** Lines are written after this many bytes or milliseconds. A killed process loses the lines that still wait. */
const BUFFER_BYTES = 16_000;
const FLUSH_MS = 100;

/** Writes JSON lines to standard output, each with the id of the request that it belongs to. */
export class PinoLogger implements Logger {
  private readonly pino: Pino;

  /** @param destination receives the lines instead of standard output */
  constructor(level: LogLevel, requests: RequestScope, destination?: DestinationStream) {
    const options = {
      level,
      redact: { paths: REDACTED, censor: '[redacted]' },
      mixin: () => ({ ...requests.current() }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }), bindings: () => ({}) },
    };
    this.pino = pino(options, destination ?? standardOutput());
  }

  debug(fields: LogFields, message: string): void {
    this.pino.debug(fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.pino.info(fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.pino.warn(fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.pino.error(fields, message);
  }
}

/** Collects lines, so that a busy process writes many at once. pino writes the remaining lines when the process exits. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ sync: false, minLength: BUFFER_BYTES });
  setInterval(() => {
    output.flush();
  }, FLUSH_MS).unref();
  return output;
}
