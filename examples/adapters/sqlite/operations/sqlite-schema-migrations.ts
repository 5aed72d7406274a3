import type { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { MIGRATIONS } from './migrations.ts';

export class SqliteSchemaMigrations implements SchemaMigrations {
  private readonly database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  /** The write lock lets one process at a time migrate. */
  async run(): Promise<string[]> {
    return this.database.transaction(() => {
      this.database.execute('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY) STRICT');
      return this.missing().map(({ name, sql }) => {
        this.database.execute(sql);
        this.database.run('INSERT INTO schema_migrations VALUES (?)', name);
        return name;
      });
    });
  }

  async pending(): Promise<string[]> {
    return this.missing().map(({ name }) => name);
  }

  private missing() {
    const exists = this.database.get("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'");
    const applied = exists ? this.database.all<{ name: string }>('SELECT name FROM schema_migrations') : [];
    const names = new Set(applied.map(({ name }) => name));
    return MIGRATIONS.filter(({ name }) => !names.has(name));
  }
}
