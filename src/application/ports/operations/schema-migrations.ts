/** Brings the storage to the schema that this version of the service needs. */
export abstract class SchemaMigrations {
  /** Runs the pending migrations, one process at a time, and returns their names. Every replica may call it. */
  abstract run(): Promise<string[]>;

  /** Returns the names of the migrations that have not run yet. */
  abstract pending(): Promise<string[]>;
}
