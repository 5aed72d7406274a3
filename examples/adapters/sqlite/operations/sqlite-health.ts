import type { DatabaseHealth, OutboxBacklog, OutboxHealth } from '#application/ports/operations/health';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';

export class SqliteDatabaseHealth implements DatabaseHealth {
  private readonly database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  /** Writes and undoes it: SQLite grants the write lock even on a file that is read-only. */
  async check(): Promise<void> {
    const undone = new Error('The write is undone.');
    try {
      this.database.transaction(() => {
        this.database.run('UPDATE history SET last_change = last_change');
        throw undone;
      });
    } catch (error) {
      if (error !== undone) throw error;
    }
  }
}

const BACKLOG = `
  SELECT
    (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 10000)) AS waiting,
    (SELECT created_at FROM outbox ORDER BY position LIMIT 1) AS oldest,
    (SELECT count(*) FROM (SELECT 1 FROM outbox_parked WHERE refusal IS NOT NULL LIMIT 10000)) AS parkedKeys`;

export class SqliteOutboxHealth implements OutboxHealth {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  async backlog(): Promise<OutboxBacklog> {
    const found = this.database.get<{ waiting: number; oldest: number | null; parkedKeys: number }>(BACKLOG);
    const { waiting = 0, oldest = null, parkedKeys = 0 } = found ?? {};
    const oldestSeconds = oldest === null ? 0 : Math.max(0, (this.clock.now().getTime() - oldest) / 1000);
    return { waiting, oldestSeconds, parkedKeys };
  }
}
