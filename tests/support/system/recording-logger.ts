import { ContainerModule } from 'inversify';
import { type LogFields, Logger } from '#application/ports/operations/logger';

export type LogLine = { level: 'debug' | 'info' | 'warn' | 'error'; fields: LogFields; message: string };

/** Remembers the log lines for a test. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }
}

export function recordingLogger(logger: RecordingLogger): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(Logger).toConstantValue(logger);
  });
}
