import pg from 'pg';
import { connectionOptions, type DatabaseSettings, patience } from './connection-options.ts';
import { storageError } from './storage-error.ts';

/** Milliseconds for a statement. Some statements count a large backlog. */
const PATIENCE_MS = 60_000;

/** The one connection of an operator's command, which may go through a pooler. It opens with the first statement. */
export class OperatorConnection {
  private readonly pool: pg.Pool;

  constructor(settings: DatabaseSettings) {
    const patient = { ...settings, statementTimeoutMs: PATIENCE_MS };
    this.pool = new pg.Pool({
      ...connectionOptions(patient),
      application_name: 'opportunities outbox',
      max: 1,
      query_timeout: patience(patient),
    });
    // When the connection breaks between two statements, the next statement reports it.
    this.pool.on('error', () => undefined);
  }

  /** @throws StorageUnavailable */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(text, values)).rows;
    } catch (error) {
      throw storageError(error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
