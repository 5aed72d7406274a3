export type LogFields = Record<string, unknown>;

/**
 * Writes structured log lines, each with its level, its message and its fields. A line also has the id of the request that
 * the running code serves. Logging never fails.
 */
export abstract class Logger {
  abstract debug(fields: LogFields, message: string): void;
  abstract info(fields: LogFields, message: string): void;
  abstract warn(fields: LogFields, message: string): void;
  abstract error(fields: LogFields, message: string): void;
}
