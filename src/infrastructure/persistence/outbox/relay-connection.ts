import pg from 'pg';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { isPooled } from '../connections/node-postgres.ts';
import { WAKE_UP_CHANNEL } from './notifying-relay-wake-up.ts';
import { type DatabaseSettings, owningConnectionOptions, patience } from '../connections/connection-options.ts';
import { storageError } from '../connections/storage-error.ts';

/** Milliseconds of silence after which it asks for something, so that the server does not take it for frozen. */
const STILL_HERE_MS = 2000;

const READ_ONLY = `SELECT current_setting('transaction_read_only') AS "readOnly"`;

export type Listeners = {
  /** A process has committed events; it says who it is. */
  readonly onWakeUp: (origin: string | undefined) => void;
  /** Once, and never before it is connected. */
  readonly onLoss: (error: unknown) => void;
};

/** The one connection of a relay: what it owns, it owns through locks that end with it. */
export class RelayConnection {
  private readonly client: pg.Client;
  private readonly onLoss: (error: unknown) => void;
  private lost = false;
  private pooled = false;
  private silent = false;
  private heartbeat: NodeJS.Timeout | undefined;

  private constructor(client: pg.Client, onLoss: (error: unknown) => void) {
    this.client = client;
    this.onLoss = onLoss;
  }

  /** @throws StorageUnavailable */
  static async open(settings: DatabaseSettings, { onWakeUp, onLoss }: Listeners): Promise<RelayConnection> {
    const client = new pg.Client({
      ...owningConnectionOptions(settings),
      application_name: 'opportunities relay',
      // An acknowledgement and the next fetch go out together: else the fetch would wait until this process, which makes a
      // batch ready for Kafka meanwhile, has read the answer. It took two fifths of the time of a batch.
      pipeline: true,
      query_timeout: patience(settings),
    });
    const connection = new RelayConnection(client, onLoss);
    client.on('error', (error) => {
      connection.lose(error);
    });
    client.on('end', () => {
      connection.lose(new Error('the connection ended'));
    });
    client.on('notification', ({ payload }) => {
      onWakeUp(payload);
    });
    try {
      await client.connect();
      // A standby gives events and lets none be removed: the same ones would be published again and again.
      const { rows } = await client.query<{ readOnly: string }>(READ_ONLY);
      if (rows[0]?.readOnly !== 'off') throw new StorageUnavailable('The database takes no writes.');
      connection.pooled = await isPooled(client);
      await client.query(`LISTEN ${WAKE_UP_CHANNEL}`);
    } catch (error) {
      connection.lost = true;
      client.end().catch(() => undefined);
      throw storageError(error);
    }
    connection.heartbeat = setInterval(() => {
      connection.stillHere();
    }, STILL_HERE_MS).unref();
    return connection;
  }

  /** Whether a pooler stands between, which may give the session, and its locks, to others. */
  get isPooled(): boolean {
    return this.pooled;
  }

  /**
   * Statements take effect in the order of their calls. They are prepared under their names.
   * @throws StorageUnavailable; the connection is then lost: whether the statement took effect is unknown.
   */
  async query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []): Promise<Row[]> {
    this.silent = false;
    try {
      return (await this.client.query<Row>({ name, text, values })).rows;
    } catch (error) {
      this.lose(error);
      throw storageError(error);
    }
  }

  async close(): Promise<void> {
    this.lost = true;
    clearInterval(this.heartbeat);
    await this.client.end();
  }

  private lose(error: unknown): void {
    if (this.lost) return;
    this.lost = true;
    clearInterval(this.heartbeat);
    this.onLoss(error);
    // Frees the locks even where only this side noticed.
    this.client.end().catch(() => undefined);
  }

  /** While Kafka takes its time there is nothing else to ask. */
  private stillHere(): void {
    if (this.silent) this.query('still here', 'SELECT').catch(() => undefined);
    this.silent = true;
  }
}
