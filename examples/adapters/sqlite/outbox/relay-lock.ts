import { DatabaseSync } from 'node:sqlite';

/** The result code of SQLite for a lock that somebody else holds. */
const BUSY = 5;

/**
 * A lock that at most one relay holds: an open transaction on a file of its own beside the database. The operating system
 * frees it when the process ends, however it ends. It stands for the session that a server would end.
 */
export class RelayLock {
  private readonly file: string;
  private connection: DatabaseSync | undefined;

  constructor(file: string) {
    this.file = file;
  }

  get isHeld(): boolean {
    return this.connection !== undefined;
  }

  /** Takes the lock if it is free, and waits for nobody. @returns whether it is held now. */
  take(): boolean {
    if (this.connection) return true;
    const connection = new DatabaseSync(this.file, { timeout: 0 });
    try {
      connection.exec('BEGIN EXCLUSIVE');
      this.connection = connection;
      return true;
    } catch (error) {
      connection.close();
      if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return false;
      throw error;
    }
  }

  release(): void {
    this.connection?.close();
    this.connection = undefined;
  }
}
