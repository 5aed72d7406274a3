import type { EventRetention } from '#application/ports/operations/event-retention';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';

/** Rows per transaction. SQLite runs in the thread of this process, so one transaction must not take long. */
const AT_ONCE = 500;

const REMOVE = `
  DELETE FROM outbox_published WHERE position IN (
    SELECT position FROM outbox_published WHERE published_at < ? ORDER BY published_at LIMIT ${AT_ONCE}
  )`;

export class SqliteEventRetention implements EventRetention {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly retentionHours: number;

  constructor(database: SqliteDatabase, clock: Clock, retentionHours: number) {
    this.database = database;
    this.clock = clock;
    this.retentionHours = retentionHours;
  }

  async removeOld(): Promise<boolean> {
    const oldest = this.clock.now().getTime() - this.retentionHours * 3_600_000;
    return this.database.run(REMOVE, oldest) === AT_ONCE;
  }
}
