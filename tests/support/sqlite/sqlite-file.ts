import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../../examples/adapters/sqlite/sqlite-database.ts';
import { SqliteSchemaMigrations } from '../../../examples/adapters/sqlite/operations/sqlite-schema-migrations.ts';

/** A folder in memory, where the system has one: each test begins with a file of its own. */
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

let template: SqliteFile | undefined;

/** A migrated SQLite database in a folder of its own, which a test can take away, bring back and remove. */
export class SqliteFile {
  readonly file: string;
  private readonly folder = mkdtempSync(join(IN_MEMORY, 'sqlite-'));
  private readonly connections: SqliteDatabase[] = [];

  constructor() {
    this.file = join(this.folder, 'database');
  }

  /** Creates a file with the whole schema. It copies the first one, because migrating takes longer. */
  static async migrated(): Promise<SqliteFile> {
    template ??= await SqliteFile.template();
    const created = new SqliteFile();
    copyFileSync(template.file, created.file);
    // Each database has a history of its own.
    created.connect().run('UPDATE history SET origin = lower(hex(randomblob(16)))');
    return created;
  }

  private static async template(): Promise<SqliteFile> {
    const created = new SqliteFile();
    await new SqliteSchemaMigrations(created.connect()).run();
    created.close();
    process.once('exit', () => {
      created.remove();
    });
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
