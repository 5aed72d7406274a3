import { DatabaseSync } from 'node:sqlite';

/** The result code of SQLite for a lock that somebody else holds. */
const BUSY = 5;

/**
 * A lock that at most one relay holds: an open transaction on a file of its own beside the database. The operating system
 * frees it when the process ends, however it ends. It stands for the session that a server would end.
 */
export class RelayLock {
  private connection: DatabaseSync | undefined;

  private constructor(connection: DatabaseSync) {
    this.connection = connection;
  }

  /** Takes the lock if it is free, and waits for nobody. @returns undefined while another relay holds it. */
  static take(file: string): RelayLock | undefined {
    const connection = new DatabaseSync(file, { timeout: 0 });
    try {
      connection.exec('BEGIN EXCLUSIVE');
      return new RelayLock(connection);
    } catch (error) {
      connection.close();
      if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return undefined;
      throw error;
    }
  }

  /** Tells whether a relay holds the lock: a lock that can be taken has no owner, and is free again at once. */
  static isTaken(file: string): boolean {
    const lock = RelayLock.take(file);
    lock?.release();
    return lock === undefined;
  }

  get isHeld(): boolean {
    return this.connection !== undefined;
  }

  release(): void {
    this.connection?.close();
    this.connection = undefined;
  }
}
