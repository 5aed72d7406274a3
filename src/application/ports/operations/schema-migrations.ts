/** Brings the storage to the schema that this version of the service needs. */
export abstract class SchemaMigrations {
  /** Runs what has not run yet, one process at a time, and returns the names; safe to call from every replica. */
  abstract run(): Promise<string[]>;

  /** The names of what has not run yet. */
  abstract pending(): Promise<string[]>;
}
