import type { Logger } from '#application/ports/system/logger';
import {
  type BatchLimit,
  type OutboxQueue,
  OwnershipLost,
  type QueuedMessage,
} from '#application/ports/outbox/outbox-queue';
import type { RelayWakeUp } from '#application/ports/outbox/relay-wake-up';
import { BucketOwnership, MEMBERS } from './bucket-ownership.ts';
import { LowWaterMark } from './low-water-mark.ts';
import type { DatabaseSettings } from '../connections/connection-options.ts';
import { RelayConnection } from './relay-connection.ts';
import { attributesIn, type StoredHeaders, storedName } from './stored-headers.ts';

/** Milliseconds between looks at what others do: relays, writers, operators. */
const LOOK_AROUND_MS = 100;

/** Milliseconds after which a fetch begins at the first row again, in case a hand put one there. */
const FROM_THE_START_MS = 60_000;

/**
 * Other relays, whether somebody has paused the outbox, whether anything is parked, and who is writing: each INSERT takes
 * this lock before it draws a position, and keeps it to the end of its transaction.
 */
const LOOK = `
  SELECT
    (${MEMBERS}) AS members,
    EXISTS (SELECT FROM outbox_pause) AS paused,
    EXISTS (SELECT FROM outbox_parked) AS parked,
    ARRAY(
      SELECT virtualtransaction FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND mode = 'RowExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
    ) AS writers`;

// A thousand bytes more for each row: its headers, its key, and what Kafka adds. Sizes are summed up before rows are read
// whole: that a window carries them along costs more than finding them twice.
const FETCH = `
  SELECT position, bucket, id, key, headers, payload FROM outbox
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

const GONE = 'DELETE FROM outbox WHERE position = ANY($1::bigint[])';

const ACKNOWLEDGE = GONE;

// A replay is published a second time, and kept once.
const ACKNOWLEDGE_AND_KEEP = `
  WITH gone AS (${GONE} RETURNING *)
  INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
  SELECT position, bucket, id, key, headers, payload, created_at, now() FROM gone
  WHERE NOT headers ? '${storedName('replayedat')}'`;

const PARK = `
  WITH gone AS (${GONE} RETURNING *)
  INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
  SELECT position, bucket, id, key, headers, payload, created_at, $2::text FROM gone
  RETURNING id, key`;

// From key to key: there may be very many events behind each.
const PARKED_KEYS = `
  WITH RECURSIVE head AS (
    (SELECT key, bucket, refusal FROM outbox_parked ORDER BY key, position LIMIT 1)
    UNION ALL
    SELECT next.* FROM head, LATERAL (
      SELECT key, bucket, refusal FROM outbox_parked AS each WHERE each.key > head.key ORDER BY key, position LIMIT 1
    ) AS next
  )
  SELECT key, refusal IS NULL AS free FROM head WHERE bucket = ANY($1::int[])`;

// With the positions they had: they come before whatever was written since.
const UNPARK = `
  WITH back AS (DELETE FROM outbox_parked WHERE key = ANY($1::text[]) RETURNING *)
  INSERT INTO outbox (position, bucket, id, key, headers, payload, created_at) OVERRIDING SYSTEM VALUE
  SELECT position, bucket, id, key, headers, payload, created_at FROM back`;

export type RelayIdentity = {
  /** Names this process, and none that was before it. */
  readonly owner: string;
  /** Whether events are kept in another table when they are published. */
  readonly keepsPublished: boolean;
};

type WaitingRow = Omit<QueuedMessage, 'attributes'> & { readonly headers: StoredHeaders };

function queued({ position, bucket, id, key, headers, payload }: WaitingRow): QueuedMessage {
  return { position, bucket, id, key, attributes: attributesIn(headers), payload };
}

type Look = {
  readonly members: number;
  readonly paused: boolean;
  readonly parked: boolean;
  readonly writers: readonly string[];
};

/** One connection, and what it owns and has in flight. All of it ends together: advisory locks belong to the session. */
type Session = {
  readonly connection: RelayConnection;
  readonly ownership: BucketOwnership;
  readonly inFlight: Set<QueuedMessage>;
  readonly mark: LowWaterMark;
  parkedKeys: Set<string>;
  /** How many events this relay has parked: what was read before the last of them does not know of it. */
  parks: number;
  paused: boolean;
  /** In milliseconds of the process's own clock. */
  lookedAround: number;
  startedOver: number;
};

/**
 * Owns buckets by session advisory locks: a fair share, as there are other relays. Fetching and acknowledging happen on
 * the connection that holds the locks, so a relay that lost its locks, whatever the reason, cannot remove anything either.
 */
export class PostgresOutboxQueue implements OutboxQueue {
  private readonly settings: DatabaseSettings;
  private readonly logger: Logger;
  private readonly wakeUp: RelayWakeUp;
  private readonly relay: RelayIdentity;
  private session: Session | undefined;

  /**
   * @param wakeUp nudged when a process elsewhere has committed events.
   */
  constructor(settings: DatabaseSettings, logger: Logger, wakeUp: RelayWakeUp, relay: RelayIdentity) {
    this.settings = settings;
    this.logger = logger;
    this.wakeUp = wakeUp;
    this.relay = relay;
  }

  async fetch(limit: BatchLimit): Promise<QueuedMessage[]> {
    const session = this.session ?? (await this.connect());
    if (performance.now() - session.lookedAround >= LOOK_AROUND_MS) await this.lookAround(session);
    if (session.paused) return [];
    const { suspicious, sound } = session.ownership;
    if (suspicious.length > 0) {
      // Whatever ends this process now must be this one event's doing.
      if (session.inFlight.size > 0) return [];
      const [alone] = await this.waiting(session, suspicious, { ...limit, messages: 1 });
      if (alone) {
        await session.ownership.suspect(alone.bucket, alone.position);
        return [alone];
      }
    }
    return this.waiting(session, sound, limit);
  }

  holds(messages: readonly QueuedMessage[]): boolean {
    const { session } = this;
    return session !== undefined && messages.every((message) => session.inFlight.has(message));
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    const session = this.owning(messages);
    this.land(session, messages);
    const positions = messages.map(({ position }) => position);
    const bookkeeping = [session.ownership.movedOn(messages.map(({ bucket }) => bucket))];
    const removed = this.relay.keepsPublished
      ? session.connection.query('acknowledge, and keep', ACKNOWLEDGE_AND_KEEP, [positions])
      : session.connection.query('acknowledge', ACKNOWLEDGE, [positions]);
    await Promise.all([removed, ...bookkeeping, this.giveAway(session)]);
  }

  putBack(messages: readonly QueuedMessage[]): void {
    const { session } = this;
    const ours = session ? messages.filter((message) => session.inFlight.has(message)) : [];
    if (!session || ours.length === 0) return;
    this.land(session, ours);
    for (const { position } of ours) session.mark.putBack(BigInt(position));
    // A failure is the connection's loss, and told by the next fetch.
    session.ownership.acquit(ours.map(({ bucket }) => bucket)).catch(() => undefined);
    this.giveAway(session).catch(() => undefined);
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    const session = this.owning([message]);
    this.land(session, [message]);
    session.parks += 1;
    session.parkedKeys.add(message.key);
    await this.movedToParked(session, [message.position], refusal);
    await session.ownership.movedOn([message.bucket]);
  }

  async release(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (!session) return;
    try {
      await session.ownership.release();
      await session.connection.close();
    } catch (error) {
      this.logger.debug({ err: error }, 'the relay’s connection did not close cleanly');
    }
  }

  /** Without those of parked keys, which go where the others are. */
  private async waiting(session: Session, buckets: readonly number[], limit: BatchLimit): Promise<QueuedMessage[]> {
    for (;;) {
      if (buckets.length === 0) return [];
      const scan = session.mark.begin();
      const rows = await session.connection.query<WaitingRow>('fetch', FETCH, [
        buckets,
        limit.messages,
        limit.bytes,
        String(scan.after),
        [...session.inFlight].map(({ position }) => position),
      ]);
      const messages = rows.map(queued);
      // What waits in other buckets was not looked at.
      if (session.ownership.suspicious.length === 0)
        session.mark.fetched(
          scan,
          messages.map(({ position }) => BigInt(position)),
        );
      const behind = messages.filter(({ key }) => session.parkedKeys.has(key));
      const free = behind.length === 0 ? messages : messages.filter(({ key }) => !session.parkedKeys.has(key));
      for (const message of free) session.inFlight.add(message);
      if (behind.length === 0) return free;
      await this.movedToParked(
        session,
        behind.map(({ position }) => position),
        null,
      );
      if (free.length > 0) return free;
    }
  }

  private async lookAround(session: Session): Promise<void> {
    const now = performance.now();
    session.lookedAround = now;
    const { parks } = session;
    const [look] = await session.connection.query<Look>('look around', LOOK);
    if (!look) throw new Error('a SELECT without FROM gave no row');
    if (look.paused !== session.paused)
      this.logger.warn({}, look.paused ? 'the outbox is paused: events wait' : 'the outbox is resumed: events flow');
    session.paused = look.paused;
    session.mark.sawWriters(look.writers);

    const { taken, culprits } = await session.ownership.share(look.members, bucketsOf(session.inFlight));
    const startsOver = taken > 0 || now - session.startedOver >= FROM_THE_START_MS;
    if (startsOver) {
      session.mark.reset();
      session.startedOver = now;
    }
    for (const { bucket, position } of culprits) {
      await this.movedToParked(session, [position], 'Relays ended one after the other while they published it.');
      await session.ownership.movedOn([bucket]);
    }
    if (look.parked || taken > 0) await this.unpark(session);
    else if (session.parks === parks) session.parkedKeys.clear();
  }

  /** Those come back whose first event somebody retried or discarded. */
  private async unpark(session: Session): Promise<void> {
    const { parks, ownership } = session;
    const heads = await session.connection.query<{ key: string; free: boolean }>('parked keys', PARKED_KEYS, [
      [...ownership.sound, ...ownership.suspicious],
    ]);
    if (session.parks !== parks) return;
    session.parkedKeys = new Set(heads.filter(({ free }) => !free).map(({ key }) => key));
    const free = heads.filter(({ free }) => free).map(({ key }) => key);
    if (free.length === 0) return;
    await session.connection.query('unpark', UNPARK, [free]);
    session.mark.reset();
    this.logger.info({ keys: free }, 'parked events wait for publication again');
  }

  private async movedToParked(session: Session, positions: readonly string[], refusal: string | null): Promise<void> {
    const moved = await session.connection.query<{ id: string; key: string }>('park', PARK, [positions, refusal]);
    if (refusal === null) return;
    for (const { id, key } of moved) {
      session.parkedKeys.add(key);
      this.logger.error(
        { id, key, refusal },
        'an event was parked, and its key waits behind it: docs/outbox-commands.md',
      );
    }
  }

  /** @throws OwnershipLost when any of them is not in flight on the connection of now. */
  private owning(messages: readonly QueuedMessage[]): Session {
    const { session } = this;
    if (!session || !this.holds(messages)) throw new OwnershipLost();
    return session;
  }

  private land(session: Session, messages: readonly QueuedMessage[]): void {
    for (const message of messages) session.inFlight.delete(message);
  }

  private async giveAway(session: Session): Promise<void> {
    if (session.ownership.isLeaving) await session.ownership.giveAway(bucketsOf(session.inFlight));
  }

  private async connect(): Promise<Session> {
    const connection: RelayConnection = await RelayConnection.open(this.settings, {
      onWakeUp: (origin) => {
        // Its own relay is awake already.
        if (origin !== this.relay.owner) this.wakeUp.nudge();
      },
      onLoss: (error) => {
        if (this.session?.connection !== connection) return;
        const lost = this.session.ownership.count;
        this.session = undefined;
        this.logger.warn({ err: error, lost }, 'the relay lost its connection and its buckets');
      },
    });
    const session: Session = {
      connection,
      ownership: new BucketOwnership(connection, this.relay.owner, this.logger),
      inFlight: new Set(),
      mark: new LowWaterMark(),
      parkedKeys: new Set(),
      parks: 0,
      paused: false,
      lookedAround: -Infinity,
      startedOver: performance.now(),
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

function bucketsOf(messages: Iterable<QueuedMessage>): Set<number> {
  return new Set(Array.from(messages, ({ bucket }) => bucket));
}
