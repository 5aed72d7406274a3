export type LogFields = Record<string, unknown>;

/** Writes structured log lines. The adapter adds the id of the request that the running code serves. */
export abstract class Logger {
  abstract debug(fields: LogFields, message: string): void;
  abstract info(fields: LogFields, message: string): void;
  abstract warn(fields: LogFields, message: string): void;
  abstract error(fields: LogFields, message: string): void;
}
