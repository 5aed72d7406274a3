import { type DestinationStream, type Level, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from '#application/ports/system/logger';
import type { RequestScope } from '#application/ports/system/request-scope';

export type LogLevel = Level | 'silent';

/** Whatever is logged by accident under these names, at the top or one level down, is not printed. */
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

/** Lines wait until there are so many bytes, or so many milliseconds; a process that is killed loses them. */
const BUFFER_BYTES = 16_000;
const FLUSH_MS = 100;

/** JSON lines on standard output, each with the request it belongs to. */
export class PinoLogger implements Logger {
  private readonly pino: Pino;

  /** @param destination standard output unless given */
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

/** A busy process writes many lines at once. What is left when it exits is written then. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ sync: false, minLength: BUFFER_BYTES });
  setInterval(() => {
    output.flush();
  }, FLUSH_MS).unref();
  return output;
}
