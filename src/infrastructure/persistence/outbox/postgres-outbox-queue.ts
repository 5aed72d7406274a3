import type { Logger } from '#application/ports/operations/logger';
import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BatchLimit, OutboxQueue } from '#application/ports/outbox/outbox-queue';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { BucketOwnership, MEMBERS } from './bucket-ownership.ts';
import { LowWaterMark } from './low-water-mark.ts';
import type { DatabaseSettings } from '../connections/connection-options.ts';
import { PostgresOutboxBatch } from './postgres-outbox-batch.ts';
import { RelayConnection } from './relay-connection.ts';
import { moveFreedBack, moveToParked } from './parking.ts';
import type { RelaySession } from './relay-session.ts';
import { attributesIn, type StoredHeaders } from './stored-headers.ts';

/** Milliseconds between two looks at other relays, writers and operators. */
const LOOK_AROUND_MS = 100;

/** Milliseconds after which a fetch starts at the first row again, in case an operator inserted a row by hand. */
const FROM_THE_START_MS = 60_000;

/**
 * Counts the relays, and tells whether the outbox is paused, whether any message is parked, and which transactions write:
 * each INSERT takes this lock before it draws a position, and holds it to the end of its transaction.
 */
const LOOK = `
  SELECT
    (${MEMBERS}) AS members,
    EXISTS (SELECT FROM outbox_pause) AS paused,
    EXISTS (SELECT FROM outbox_parked) AS parked,
    ARRAY(
      SELECT virtualtransaction FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND mode = 'RowExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        -- A prepared transaction has no pid.
        AND pid IS DISTINCT FROM pg_backend_pid()
    ) AS writers`;

// Each row counts 1000 bytes more than its payload, for its headers, its key, and the bytes that Kafka adds. The sizes
// are summed up before whole rows are read: finding a row twice costs less than carrying it through the window
// function.
// A row is behind when an older row of its key is parked. Only its owner parks a key, so the answer is never outdated.
const FETCH = `
  SELECT position, bucket, id, key, headers, payload,
    $6::boolean AND EXISTS (
      SELECT FROM outbox_parked AS each WHERE each.key = outbox.key AND each.position < outbox.position
    ) AS behind
  FROM outbox
  WHERE position = ANY(ARRAY(
    SELECT position
    FROM (
      SELECT position, row_number() OVER oldest AS place, sum(size) OVER oldest AS bytes
      FROM (
        SELECT position, octet_length(payload) + 1000 AS size FROM outbox
        WHERE bucket = ANY($1::int[]) AND position > $4 AND position NOT IN (SELECT unnest($5::bigint[]))
        ORDER BY position LIMIT $2
      ) AS waiting
      WINDOW oldest AS (ORDER BY position ROWS UNBOUNDED PRECEDING)
    ) AS measured
    WHERE place = 1 OR bytes <= $3
  ))
  ORDER BY position`;

export type RelayIdentity = {
  /** A name of this process that no earlier process had. */
  readonly owner: string;
  /** Whether published messages are retained in another table. */
  readonly keepsPublished: boolean;
};

type WaitingRow = Omit<QueuedMessage, 'attributes'> & {
  readonly bucket: number;
  readonly headers: StoredHeaders;
  readonly behind: boolean;
};

type Look = {
  readonly members: number;
  readonly paused: boolean;
  readonly parked: boolean;
  readonly writers: readonly string[];
};

/**
 * Spreads the keys over buckets, and owns a fair share of the buckets through session advisory locks. Messages are fetched
 * and settled on the connection that holds the locks.
 */
export class PostgresOutboxQueue implements OutboxQueue {
  private readonly settings: DatabaseSettings;
  private readonly logger: Logger;
  private readonly wakeUp: RelayWakeUp;
  private readonly relay: RelayIdentity;
  private session: RelaySession | undefined;

  /** @param wakeUp the wake-up of this process, which is nudged when another process has committed messages. */
  constructor(settings: DatabaseSettings, logger: Logger, wakeUp: RelayWakeUp, relay: RelayIdentity) {
    this.settings = settings;
    this.logger = logger;
    this.wakeUp = wakeUp;
    this.relay = relay;
  }

  async fetch(limit: BatchLimit): Promise<PostgresOutboxBatch> {
    const session = this.session ?? (await this.connect());
    if (performance.now() - session.lookedAround >= LOOK_AROUND_MS) await this.lookAround(session);
    const messages = session.paused ? [] : await this.messagesOf(session, limit);
    return new PostgresOutboxBatch(messages, session, this.relay.keepsPublished, this.logger);
  }

  async release(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (!session) return;
    session.isLost = true;
    try {
      await session.ownership.release();
      await session.connection.close();
    } catch (error) {
      this.logger.debug({ err: error }, 'the relay’s connection did not close cleanly');
    }
  }

  private async messagesOf(session: RelaySession, limit: BatchLimit): Promise<QueuedMessage[]> {
    const { suspicious, sound } = session.ownership;
    if (suspicious.length > 0) {
      // The message is published alone, so that a crash of this process can be blamed on it.
      if (session.inFlight.size > 0) return [];
      const [alone] = await this.waiting(session, suspicious, { ...limit, messages: 1 });
      const bucket = alone && session.inFlight.get(alone);
      if (alone && bucket !== undefined) {
        await session.ownership.suspect(bucket, alone.position);
        return [alone];
      }
    }
    return this.waiting(session, sound, limit);
  }

  /** Returns waiting messages, and moves messages of parked keys behind the parked message. */
  private async waiting(
    session: RelaySession,
    buckets: readonly number[],
    limit: BatchLimit,
  ): Promise<QueuedMessage[]> {
    for (;;) {
      if (buckets.length === 0) return [];
      const scan = session.mark.begin();
      const rows = await session.connection.query<WaitingRow>('fetch', FETCH, [
        buckets,
        limit.messages,
        limit.bytes,
        String(scan.after),
        Array.from(session.inFlight.keys(), ({ position }) => position),
        session.isAnyParked,
      ]);
      // Suspicious buckets were not part of this fetch, so the mark may only rise when there are none.
      if (session.ownership.suspicious.length === 0)
        session.mark.fetched(
          scan,
          rows.map(({ position }) => BigInt(position)),
        );
      const behind = rows.filter((row) => row.behind);
      const free = behind.length === 0 ? rows : rows.filter((row) => !row.behind);
      const messages = free.map((row) => {
        const message = queued(row);
        session.inFlight.set(message, row.bucket);
        return message;
      });
      if (behind.length === 0) return messages;
      const positions = behind.map(({ position }) => position);
      await moveToParked(session, positions, null, this.logger);
      if (messages.length > 0) return messages;
    }
  }

  private async lookAround(session: RelaySession): Promise<void> {
    const now = performance.now();
    session.lookedAround = now;
    const { parks } = session;
    const [look] = await session.connection.query<Look>('look around', LOOK);
    if (!look) throw new Error('a SELECT without FROM gave no row');
    if (look.paused !== session.paused)
      this.logger.warn({}, look.paused ? 'the outbox is paused: events wait' : 'the outbox is resumed: events flow');
    session.paused = look.paused;
    session.mark.sawWriters(look.writers);

    const { taken, culprits } = await session.ownership.share(look.members, new Set(session.inFlight.values()));
    const startsOver = taken > 0 || now - session.startedOver >= FROM_THE_START_MS;
    if (startsOver) {
      session.mark.reset();
      session.startedOver = now;
    }
    for (const { bucket, position } of culprits) {
      await moveToParked(session, [position], 'Relays ended one after the other while they published it.', this.logger);
      await session.ownership.movedOn([bucket]);
    }
    // The look came before the buckets, whose last owner may have parked a key since, as this relay may have.
    session.isAnyParked = look.parked || taken > 0 || session.parks !== parks;
    if (session.isAnyParked) await moveFreedBack(session, this.logger);
  }

  private async connect(): Promise<RelaySession> {
    const connection: RelayConnection = await RelayConnection.open(this.settings, {
      onWakeUp: (origin) => {
        // The process's own commits have already woken this relay up.
        if (origin !== this.relay.owner) this.wakeUp.nudge();
      },
      onLoss: (error) => {
        if (this.session?.connection !== connection) return;
        const lost = this.session.ownership.count;
        this.session.isLost = true;
        this.session = undefined;
        this.logger.warn({ err: error, lost }, 'the relay lost its connection and its buckets');
      },
    });
    const session: RelaySession = {
      connection,
      ownership: new BucketOwnership(connection, this.relay.owner, this.logger),
      inFlight: new Map(),
      mark: new LowWaterMark(),
      isAnyParked: true,
      parks: 0,
      paused: false,
      lookedAround: -Infinity,
      startedOver: performance.now(),
      isLost: false,
    };
    if (connection.isPooled)
      this.logger.warn(
        {},
        'a pooler stands before the relay’s locks: unless it gives a session to each client, set DATABASE_DIRECT_URL',
      );
    await session.ownership.join();
    this.session = session;
    return session;
  }
}

function queued({ position, id, key, headers, payload }: WaitingRow): QueuedMessage {
  return { position, id, key, attributes: attributesIn(headers), payload };
}
