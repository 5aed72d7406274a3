/** Brings the storage to the schema that this version of the service needs. */
export abstract class SchemaMigrations {
  /**
   * Runs the pending migrations. When several processes call it at once, each migration runs once.
   * @returns the names of the migrations that this call has run, in order; none when the schema is up to date.
   * @throws Error when a migration fails. The migrations before it stay.
   */
  abstract run(): Promise<string[]>;

  /**
   * Returns the names of the migrations that have not run yet, in order, and runs none.
   * @throws Error when the storage cannot be reached.
   */
  abstract pending(): Promise<string[]>;
}
