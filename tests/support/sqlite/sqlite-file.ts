import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../../examples/adapters/sqlite/sqlite-database.ts';
import { SqliteSchemaMigrations } from '../../../examples/adapters/sqlite/operations/sqlite-schema-migrations.ts';

/** A migrated SQLite database in a folder of its own, which a test can take away, bring back and remove. */
export class SqliteFile {
  readonly file: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  private readonly connections: SqliteDatabase[] = [];

  constructor() {
    this.file = join(this.folder, 'database');
  }

  /** Creates a file with the whole schema. */
  static async migrated(): Promise<SqliteFile> {
    const created = new SqliteFile();
    await new SqliteSchemaMigrations(created.connect()).run();
    return created;
  }

  /** Connects as one more process would. Nothing waits for the disk, because no test takes the power away. */
  connect(): SqliteDatabase {
    const connection = new SqliteDatabase({ file: this.file });
    connection.execute('PRAGMA synchronous = OFF');
    this.connections.push(connection);
    return connection;
  }

  /** Closes every connection, and puts a folder where the file was, so that nobody can open it. */
  break(): void {
    this.close();
    renameSync(this.file, `${this.file}-away`);
    mkdirSync(this.file);
  }

  heal(): void {
    rmdirSync(this.file);
    renameSync(`${this.file}-away`, this.file);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
