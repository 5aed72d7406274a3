import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { StorageUnavailable } from '#application/ports/application-error';

/**
 * Primary result codes of SQLite that do not concern the statement: BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN,
 * PROTOCOL and NOTADB. A later attempt may succeed.
 */
const UNAVAILABLE = new Set([5, 6, 7, 8, 10, 13, 14, 15, 26]);

/**
 * Milliseconds to wait for the write lock of another process. SQLite runs in the thread of this process, so nothing else
 * happens meanwhile.
 */
const LOCK_TIMEOUT_MS = 250;

export type SqliteSettings = {
  /** The path of the database file. SQLite puts further files with the same beginning beside it. */
  readonly file: string;
  /** Whether a commit must survive a power failure. Without it a commit survives a crash of the process. Default: true. */
  readonly durable?: boolean;
};

/**
 * One connection to a database file. It opens the file when it is first used. Every call is synchronous, so a transaction
 * ends before any other code runs.
 */
export class SqliteDatabase {
  readonly file: string;
  private readonly durable: boolean;
  private open: { readonly connection: DatabaseSync; readonly statements: Map<string, StatementSync> } | undefined;

  constructor({ file, durable = true }: SqliteSettings) {
    this.file = file;
    this.durable = durable;
  }

  /** @throws StorageUnavailable, as all methods do. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.use(() => this.statement(sql).all(...values) as Row[]);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the caller knows its columns
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.use(() => this.statement(sql).get(...values) as Row | undefined);
  }

  /** @returns the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.use(() => Number(this.statement(sql).run(...values).changes));
  }

  /** Runs statements that take no values and return no rows. */
  execute(script: string): void {
    this.use(() => {
      this.connected().connection.exec(script);
    });
  }

  /** Runs the block in one transaction. Its argument holds the write lock from the beginning, so what it reads stays true. */
  transaction<T>(work: () => T): T {
    this.execute('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      // Some failures, such as a full disk, have rolled the transaction back already.
      if (this.open?.connection.isTransaction) this.execute('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.open?.connection.close();
    this.open = undefined;
  }

  private statement(sql: string): StatementSync {
    const { connection, statements } = this.connected();
    const known = statements.get(sql) ?? connection.prepare(sql);
    statements.set(sql, known);
    return known;
  }

  private connected() {
    this.open ??= { connection: this.connect(), statements: new Map() };
    return this.open;
  }

  private connect(): DatabaseSync {
    const connection = new DatabaseSync(this.file, { timeout: LOCK_TIMEOUT_MS });
    // With a write-ahead log, readers do not wait for a writer.
    connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${this.durable ? 'FULL' : 'NORMAL'}`);
    return connection;
  }

  private use<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isUnavailable(error) ? new StorageUnavailable('The database cannot be used.', { cause: error }) : error;
    }
  }
}

function isUnavailable(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return UNAVAILABLE.has(code & 0xff);
}
