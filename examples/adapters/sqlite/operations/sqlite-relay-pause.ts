import type { Pause, RelayPause } from '#application/ports/operations/relay-pause';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';

type Row = { readonly since: number; readonly reason: string | null };

/** Reads the pause that holds now; undefined when the relays are not paused. */
export function pauseIn(database: SqliteDatabase): Pause | undefined {
  const row = database.get<Row>('SELECT since, reason FROM outbox_pause');
  return row && { since: new Date(row.since), reason: row.reason };
}

export class SqliteRelayPause implements RelayPause {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  async pause(reason: string | null): Promise<{ pause: Pause; isNew: boolean }> {
    return this.database.transaction(() => {
      const known = pauseIn(this.database);
      if (known) return { pause: known, isNew: false };
      const since = this.clock.now();
      this.database.run('INSERT INTO outbox_pause (only_row, since, reason) VALUES (1, ?, ?)', since.getTime(), reason);
      return { pause: { since, reason }, isNew: true };
    });
  }

  async resume(): Promise<Pause | undefined> {
    return this.database.transaction(() => {
      const known = pauseIn(this.database);
      this.database.run('DELETE FROM outbox_pause');
      return known;
    });
  }
}
