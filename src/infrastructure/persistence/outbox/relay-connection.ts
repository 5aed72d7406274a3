import pg from 'pg';
import { StorageUnavailable } from '#application/ports/application-error';
import { isPooled } from '../connections/node-postgres.ts';
import { WAKE_UP_CHANNEL } from '../operations/notifying-relay-wake-up.ts';
import { type DatabaseSettings, owningConnectionOptions, patience } from '../connections/connection-options.ts';
import { storageError } from '../connections/storage-error.ts';

/** Milliseconds of silence after which a statement is sent, so that the server does not consider this process frozen. */
const STILL_HERE_MS = 2000;

const READ_ONLY = `SELECT current_setting('transaction_read_only') AS "readOnly"`;

export type Listeners = {
  /** Called when a process has committed messages, with the name of that process. */
  readonly onWakeUp: (origin: string | undefined) => void;
  /** Called once when the connection is lost, and never before it is established. */
  readonly onLoss: (error: unknown) => void;
};

/** The one connection of a relay. The relay owns buckets through locks that end with this connection. */
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
      // An acknowledgement and the next fetch are sent together. Otherwise the fetch would wait until this process, which
      // prepares a batch for Kafka meanwhile, has read the response. That took two fifths of the time of a batch.
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
      // A standby gives messages but cannot remove any: the same messages would be published again and again.
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

  /** Whether a pooler stands before the database. A pooler may give the session and its locks to other clients. */
  get isPooled(): boolean {
    return this.pooled;
  }

  /**
   * Runs a statement, which is prepared under its name. Statements take effect in the order of their calls.
   * @throws StorageUnavailable when the connection is lost. It is then unknown whether the statement took effect.
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
    // Closing frees the locks even when only this side has noticed the loss.
    this.client.end().catch(() => undefined);
  }

  /** Sends a statement when nothing else was sent, for instance while Kafka is slow. */
  private stillHere(): void {
    if (this.silent) this.query('still here', 'SELECT').catch(() => undefined);
    this.silent = true;
  }
}
