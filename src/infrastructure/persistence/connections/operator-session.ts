import pg from 'pg';
import { type DatabaseSettings, directConnectionOptions, patience } from './connection-options.ts';
import { storageError } from './storage-error.ts';

/** Milliseconds for a statement. Some statements read all rows of a long time span. */
const PATIENCE_MS = 60_000;

/**
 * The one session of an operator's command, around any pooler, for commands with a cursor that belongs to the session. It
 * opens with the first statement.
 */
export class OperatorSession {
  private readonly settings: DatabaseSettings;
  private connected: Promise<pg.Client> | undefined;

  constructor(settings: DatabaseSettings) {
    this.settings = { ...settings, statementTimeoutMs: PATIENCE_MS };
  }

  /** @throws StorageUnavailable */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
    try {
      this.connected ??= this.connect();
      const client = await this.connected;
      return await client.query<Row>(text, values);
    } catch (error) {
      throw storageError(error);
    }
  }

  async close(): Promise<void> {
    await this.connected?.then((client) => client.end()).catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      // The cursor is read to its end, so the planner must optimise for all rows.
      ...directConnectionOptions(this.settings, '-c cursor_tuple_fraction=1'),
      application_name: 'opportunities outbox',
      query_timeout: patience(this.settings),
    });
    // When the connection breaks between two statements, the next statement reports it.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}
