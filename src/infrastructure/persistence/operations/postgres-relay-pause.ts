import type { Pause, RelayPause } from '#application/ports/operations/relay-pause';
import type { OperatorConnection } from '../connections/operator-connection.ts';

// The second SELECT does not see the row that the first one has inserted.
const PAUSE_IT = `
  WITH made AS (INSERT INTO outbox_pause (reason) VALUES ($1) ON CONFLICT DO NOTHING RETURNING since, reason)
  SELECT since, reason, true AS "isNew" FROM made
  UNION ALL
  SELECT since, reason, false FROM outbox_pause`;

const RESUME = 'DELETE FROM outbox_pause RETURNING since, reason';

/** A row of the table outbox_pause stops the relays, which look at that table several times a second. */
export class PostgresRelayPause implements RelayPause {
  private readonly connection: OperatorConnection;

  constructor(connection: OperatorConnection) {
    this.connection = connection;
  }

  async pause(reason: string | null): Promise<{ pause: Pause; isNew: boolean }> {
    for (;;) {
      const [row] = await this.connection.query<Pause & { isNew: boolean }>(PAUSE_IT, [reason]);
      if (row) return { pause: { since: row.since, reason: row.reason }, isNew: row.isNew };
      // Another operator paused or resumed the outbox at the same moment, and the statement saw neither state.
    }
  }

  async resume(): Promise<Pause | undefined> {
    const [was] = await this.connection.query<Pause>(RESUME);
    return was;
  }
}
