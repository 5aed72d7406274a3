import pg from 'pg';
import type { Logger } from '#application/ports/logger';
import { StorageUnavailable } from '#application/ports/unit-of-work';
import type { RelayWakeUp } from '#application/ports/relay-wake-up';
import { type BatchLimit, type OutboxQueue, OwnershipLost, type QueuedMessage } from '#application/ports/outbox-queue';
import { connectionOptions, type DatabaseSettings, patience } from './orm.ts';
import { WAKE_UP_CHANNEL } from './notifying-relay-wake-up.ts';
import { BUCKETS } from './outbox-bucket.ts';
import { storageError } from './storage-error.ts';

/** First key of the advisory locks, so that they meet no other user of the database. The bucket is the second. */
const LOCK_NAMESPACE = 0x0b0c; // "outbox"

/** First key of the lock that every relay shares for as long as it is connected: its holders are the relays there are. */
const MEMBER_NAMESPACE = 0x0b0d;

/** Milliseconds between looks at who else relays. */
const LOOK_AROUND_MS = 250;

const JOIN = `SELECT pg_advisory_lock_shared(${MEMBER_NAMESPACE}, 0)`;

// The second kind of advisory lock is that of two keys; locks of other databases are listed, too.
const MEMBERS = `
  SELECT count(*)::int AS members FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND classid = ${MEMBER_NAMESPACE} AND objid = 0 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

// LIMIT stops before the next lock is tried.
const CLAIM = `
  SELECT bucket FROM generate_series(0, ${BUCKETS - 1}) AS bucket
  WHERE NOT bucket = ANY($1::int[]) AND pg_try_advisory_lock(${LOCK_NAMESPACE}, bucket)
  LIMIT $2`;

const GIVE_AWAY = `SELECT pg_advisory_unlock(${LOCK_NAMESPACE}, bucket) FROM unnest($1::int[]) AS bucket`;

// A thousand bytes more for each row: its headers, its key, and what Kafka adds.
const FETCH = `
  SELECT position, id, key, headers, payload
  FROM (
    SELECT *, row_number() OVER oldest AS place, sum(octet_length(payload) + 1000) OVER oldest AS bytes
    FROM (SELECT * FROM outbox WHERE bucket = ANY($1::int[]) ORDER BY position LIMIT $2) AS waiting
    WINDOW oldest AS (ORDER BY position)
  ) AS measured
  WHERE place = 1 OR bytes <= $3
  ORDER BY position`;

const READ_ONLY = `SELECT current_setting('transaction_read_only') AS "readOnly"`;

const ACKNOWLEDGE = 'DELETE FROM outbox WHERE position = ANY($1::bigint[])';

/** One connection and what it owns. Both end together: advisory locks belong to the session. */
type Session = {
  readonly client: pg.Client;
  buckets: number[];
  /** What may be acknowledged. */
  fetched: WeakSet<QueuedMessage>;
  /** When it last looked at who else relays, in milliseconds of the process's own clock. */
  lookedAround: number;
};

/**
 * Owns buckets by session advisory locks: a fair share, as there are other relays. Fetching and acknowledging happen on the connection that holds the locks, so
 * a relay that lost its locks, whatever the reason, cannot remove anything either.
 */
export class PostgresOutboxQueue implements OutboxQueue {
  private readonly settings: DatabaseSettings;
  private readonly logger: Logger;
  private readonly wakeUp: RelayWakeUp;
  private session: Session | undefined;

  /** @param wakeUp nudged when a process elsewhere has committed events. */
  constructor(settings: DatabaseSettings, logger: Logger, wakeUp: RelayWakeUp) {
    this.settings = settings;
    this.logger = logger;
    this.wakeUp = wakeUp;
  }

  async fetch({ messages: most, bytes }: BatchLimit): Promise<QueuedMessage[]> {
    const session = this.session ?? (await this.connect());
    if (performance.now() - session.lookedAround >= LOOK_AROUND_MS) await this.share(session);
    if (session.buckets.length === 0) return [];
    const messages = await this.query<QueuedMessage>(session, FETCH, [session.buckets, most, bytes]);
    for (const message of messages) session.fetched.add(message);
    return messages;
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    const session = this.session;
    if (!session || !messages.every((message) => session.fetched.has(message))) throw new OwnershipLost();
    await this.query(session, ACKNOWLEDGE, [messages.map(({ position }) => position)]);
  }

  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await session?.client.end().catch((error: unknown) => {
      this.logger.debug({ err: error }, 'the relay’s connection did not close cleanly');
    });
  }

  /**
   * Takes what is free, and gives away what is more than its share. Nothing of it is in flight: a fetch comes after the
   * acknowledgement of what was fetched before, or gives it up.
   */
  private async share(session: Session): Promise<void> {
    session.lookedAround = performance.now();
    const [found] = await this.query<{ members: number }>(session, MEMBERS, []);
    const share = Math.ceil(BUCKETS / Math.max(found?.members ?? 1, 1));
    const { length: owned } = session.buckets;
    if (owned > share) {
      const given = session.buckets.slice(share);
      // First of all: whatever comes now, they are not ours any more.
      session.buckets = session.buckets.slice(0, share);
      session.fetched = new WeakSet();
      await this.query(session, GIVE_AWAY, [given]);
      this.logger.info({ given: given.length, owned: share }, 'the relay gave outbox buckets to others');
    } else if (owned < share) {
      const taken = await this.query<{ bucket: number }>(session, CLAIM, [session.buckets, share - owned]);
      if (taken.length === 0) return;
      session.buckets = [...session.buckets, ...taken.map(({ bucket }) => bucket)];
      this.logger.info({ taken: taken.length, owned: session.buckets.length }, 'the relay owns outbox buckets');
    }
  }

  private async connect(): Promise<Session> {
    const client = new pg.Client({
      ...connectionOptions(this.settings),
      application_name: 'opportunities relay',
      query_timeout: patience(this.settings),
    });
    const session: Session = { client, buckets: [], fetched: new WeakSet(), lookedAround: -Infinity };
    client.on('error', (error) => {
      this.lose(session, error);
    });
    client.on('end', () => {
      this.lose(session, new Error('the connection ended'));
    });
    try {
      await client.connect();
      // A standby gives events and lets none be removed: the same ones would be published again and again.
      const { rows } = await client.query<{ readOnly: string }>(READ_ONLY);
      if (rows[0]?.readOnly !== 'off') throw new StorageUnavailable('The database takes no writes.');
      await client.query(JOIN);
      client.on('notification', () => {
        this.wakeUp.nudge();
      });
      await client.query(`LISTEN ${WAKE_UP_CHANNEL}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw storageError(error);
    }
    this.session = session;
    return session;
  }

  private async query<Row extends pg.QueryResultRow>(session: Session, sql: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await session.client.query<Row>(sql, values)).rows;
    } catch (error) {
      // Whether the statement took effect is unknown; a new session sees what is really there.
      this.lose(session, error);
      throw storageError(error);
    }
  }

  private lose(session: Session, error: unknown): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.logger.warn({ err: error, lost: session.buckets.length }, 'the relay lost its connection and its buckets');
    // Frees the locks even where only this side noticed.
    session.client.end().catch(() => undefined);
  }
}
