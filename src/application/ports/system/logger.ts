export type LogFields = Record<string, unknown>;

/** Structured log lines. Inside a request each line carries the request's id by itself. */
export abstract class Logger {
  abstract debug(fields: LogFields, message: string): void;
  abstract info(fields: LogFields, message: string): void;
  abstract warn(fields: LogFields, message: string): void;
  abstract error(fields: LogFields, message: string): void;
}
