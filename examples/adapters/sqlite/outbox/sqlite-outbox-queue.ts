import { StorageUnavailable } from '#application/ports/application-error';
import {
  type BatchLimit,
  type OutboxQueue,
  OwnershipLost,
  type QueuedMessage,
} from '#application/ports/outbox/outbox-queue';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { RelayLock } from './relay-lock.ts';

/** Relays that ended in a row, before they published anything, after which one message is published at a time. */
const ENDS_TOLERATED = 2;

const COLUMNS = 'position, id, key, attributes, payload, created_at';
const LISTED = 'position IN (SELECT value FROM json_each(?))';

const SIZES = `
  SELECT position, octet_length(key) + octet_length(attributes) + octet_length(payload) AS bytes
  FROM outbox WHERE position NOT IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`;

const READ = `SELECT position, id, key, attributes, payload FROM outbox WHERE ${LISTED} ORDER BY position`;

// A replay is published a second time but retained only once.
const RETAIN = `
  INSERT INTO outbox_published (${COLUMNS}, published_at) SELECT ${COLUMNS}, ? FROM outbox
  WHERE ${LISTED} AND attributes ->> 'replayedat' IS NULL`;

const REMOVE = `DELETE FROM outbox WHERE ${LISTED}`;

const PARK = `INSERT INTO outbox_parked (${COLUMNS}, parked_at, refusal) SELECT ${COLUMNS}, ?, ? FROM outbox WHERE ${LISTED}`;

const BEHIND_PARKED = `
  SELECT position FROM outbox
  WHERE key IN (SELECT key FROM outbox_parked) AND position NOT IN (SELECT value FROM json_each(?))`;

// An operator has retried or discarded the refused message, which was the first of its key.
const FREE_KEYS = `
  SELECT key FROM outbox_parked AS head WHERE refusal IS NULL
    AND NOT EXISTS (SELECT 1 FROM outbox_parked AS each WHERE each.key = head.key AND each.position < head.position)`;

// The messages keep their positions, so that they come before all messages that were written since.
const UNPARK = `INSERT INTO outbox (${COLUMNS}) SELECT ${COLUMNS} FROM outbox_parked WHERE key = ?`;

type Row = {
  readonly position: number;
  readonly id: string;
  readonly key: string;
  readonly attributes: string;
  readonly payload: string;
};

/**
 * One relay at a time owns the whole outbox. Several relays would not publish faster: the messages lie in one file, which
 * one process at a time can write.
 */
export class SqliteOutboxQueue implements OutboxQueue {
  private readonly database: SqliteDatabase;
  private readonly lock: RelayLock;
  private readonly clock: Clock;
  private readonly retains: boolean;
  private inFlight = new Set<QueuedMessage>();
  /** Whether relays before this one ended so often that any message may be the cause. */
  private suspicious = false;

  /** @param retains whether published messages are stored in another table. */
  constructor(database: SqliteDatabase, lock: RelayLock, clock: Clock, retains: boolean) {
    this.database = database;
    this.lock = lock;
    this.clock = clock;
    this.retains = retains;
  }

  async fetch(limit: BatchLimit): Promise<QueuedMessage[]> {
    try {
      if (!this.lock.isHeld) {
        if (!this.lock.take()) return [];
        this.inFlight = new Set();
        this.database.transaction(() => {
          this.begin();
        });
      }
      if (this.suspicious && this.inFlight.size > 0) return [];
      return this.database.transaction(() => this.next(this.suspicious ? { ...limit, messages: 1 } : limit));
    } catch (error) {
      if (error instanceof StorageUnavailable) this.forget();
      throw error;
    }
  }

  holds(messages: readonly QueuedMessage[]): boolean {
    return this.lock.isHeld && messages.every((message) => this.inFlight.has(message));
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    this.land(messages);
    const positions = positionsOf(messages);
    this.database.transaction(() => {
      if (this.retains) this.database.run(RETAIN, this.clock.now().getTime(), positions);
      this.database.run(REMOVE, positions);
      this.movedOn();
    });
  }

  putBack(messages: readonly QueuedMessage[]): void {
    for (const message of messages) this.inFlight.delete(message);
    if (!this.suspicious) return;
    try {
      // The message did not end this process, so it is not to blame.
      this.database.run('UPDATE relay SET suspect = NULL');
    } catch (error) {
      // The next fetch reports that the storage is away.
      if (!(error instanceof StorageUnavailable)) throw error;
    }
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    this.land([message]);
    this.database.transaction(() => {
      this.moveToParked(positionsOf([message]), refusal);
      this.movedOn();
    });
  }

  async release(): Promise<void> {
    try {
      if (this.lock.isHeld) this.database.run('UPDATE relay SET starts = 0, suspect = NULL');
    } catch (error) {
      // The next relay counts this end as a crash, which does no harm.
      if (!(error instanceof StorageUnavailable)) throw error;
    } finally {
      this.forget();
    }
  }

  /** Counts this start, and parks the message that was alone in flight when the relay before this one ended. */
  private begin(): void {
    const before = this.database.get<{ starts: number; suspect: number | null }>('SELECT starts, suspect FROM relay');
    const culprit = JSON.stringify(before?.suspect ? [before.suspect] : []);
    this.moveToParked(culprit, 'Relays ended one after the other while they published it.');
    const starts = before?.suspect ? 1 : (before?.starts ?? 0) + 1;
    this.database.run('UPDATE relay SET starts = ?, suspect = NULL', starts);
    this.suspicious = starts > ENDS_TOLERATED;
  }

  private next({ messages, bytes }: BatchLimit): QueuedMessage[] {
    for (const { key } of this.database.all<{ key: string }>(FREE_KEYS)) {
      this.database.run(UNPARK, key);
      this.database.run('DELETE FROM outbox_parked WHERE key = ?', key);
    }
    const flying = positionsOf([...this.inFlight]);
    const behind = this.database.all<{ position: number }>(BEHIND_PARKED, flying);
    this.moveToParked(JSON.stringify(behind.map(({ position }) => position)), null);

    const sizes = this.database.all<{ position: number; bytes: number }>(SIZES, flying, messages);
    let sum = 0;
    const tooMany = sizes.findIndex((each, index) => (sum += each.bytes) > bytes && index > 0);
    const batch = sizes.slice(0, tooMany === -1 ? sizes.length : tooMany).map(({ position }) => position);
    if (this.suspicious && batch[0] !== undefined) this.database.run('UPDATE relay SET suspect = ?', batch[0]);
    const fetched = this.database.all<Row>(READ, JSON.stringify(batch)).map(queued);
    for (const message of fetched) this.inFlight.add(message);
    return fetched;
  }

  /** A published or parked message shows that this relay works. */
  private movedOn(): void {
    this.database.run('UPDATE relay SET starts = 0, suspect = NULL');
    this.suspicious = false;
  }

  private moveToParked(positions: string, refusal: string | null): void {
    this.database.run(PARK, this.clock.now().getTime(), refusal, positions);
    this.database.run(REMOVE, positions);
  }

  /** @throws OwnershipLost when any of the messages is not in flight. */
  private land(messages: readonly QueuedMessage[]): void {
    if (!this.holds(messages)) throw new OwnershipLost();
    for (const message of messages) this.inFlight.delete(message);
  }

  private forget(): void {
    this.inFlight = new Set();
    this.lock.release();
  }
}

function positionsOf(messages: readonly QueuedMessage[]): string {
  return JSON.stringify(messages.map(({ position }) => Number(position)));
}

function queued({ position, id, key, attributes, payload }: Row): QueuedMessage {
  return {
    position: String(position),
    bucket: 0,
    id,
    key,
    attributes: JSON.parse(attributes) as QueuedMessage['attributes'],
    payload,
  };
}
