import { StorageUnavailable } from '#application/ports/application-error';
import type { OutboxBatch, QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BatchLimit, OutboxQueue } from '#application/ports/outbox/outbox-queue';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { RelayLock } from './relay-lock.ts';
import { RelaySession } from './relay-session.ts';
import { SqliteOutboxBatch } from './sqlite-outbox-batch.ts';

const SIZES = `
  SELECT position, octet_length(key) + octet_length(attributes) + octet_length(payload) AS bytes
  FROM outbox WHERE position NOT IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`;

const READ = `
  SELECT position, id, key, attributes, payload FROM outbox
  WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position`;

const BEHIND_PARKED = `
  SELECT position FROM outbox
  WHERE key IN (SELECT key FROM outbox_parked) AND position NOT IN (SELECT value FROM json_each(?))`;

// An operator has retried or discarded the refused message, which was the first of its key.
const FREE_KEYS = `
  SELECT key FROM outbox_parked AS head WHERE refusal IS NULL
    AND NOT EXISTS (SELECT 1 FROM outbox_parked AS each WHERE each.key = head.key AND each.position < head.position)`;

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
  private readonly takeLock: () => RelayLock | undefined;
  private readonly clock: Clock;
  private readonly retains: boolean;
  private session: RelaySession | undefined;
  /** Whether this process has owned the outbox and not handed it over since. */
  private hasBegun = false;

  /**
   * @param takeLock takes the lock on the outbox if no other relay has it.
   * @param retains whether published messages are stored in another table.
   */
  constructor(database: SqliteDatabase, takeLock: () => RelayLock | undefined, clock: Clock, retains: boolean) {
    this.database = database;
    this.takeLock = takeLock;
    this.clock = clock;
    this.retains = retains;
  }

  async fetch(limit: BatchLimit): Promise<OutboxBatch> {
    try {
      const session = this.owned();
      // A suspicious message must be alone in flight.
      if (!session || (session.isSuspicious && session.inFlight.size > 0)) return new SqliteOutboxBatch([], session);
      return new SqliteOutboxBatch(
        this.database.transaction(() => this.next(session, limit)),
        session,
      );
    } catch (error) {
      if (error instanceof StorageUnavailable) this.session?.lose();
      throw error;
    }
  }

  async release(): Promise<void> {
    try {
      this.session?.end();
    } catch (error) {
      // The next relay counts this end as a crash, which does no harm.
      if (!(error instanceof StorageUnavailable)) throw error;
    }
    this.session = undefined;
    this.hasBegun = false;
  }

  private owned(): RelaySession | undefined {
    if (this.session?.isHeld) return this.session;
    const lock = this.takeLock();
    this.session = lock && new RelaySession(this.database, lock, this.clock, this.retains);
    if (this.session) {
      this.session.begin(!this.hasBegun);
      this.hasBegun = true;
    }
    return this.session;
  }

  private next(session: RelaySession, { messages, bytes }: BatchLimit): QueuedMessage[] {
    if (this.database.get('SELECT 1 FROM outbox_pause')) return [];
    for (const { key } of this.database.all<{ key: string }>(FREE_KEYS)) session.unpark(key);
    const flying = JSON.stringify([...session.inFlight].map(({ position }) => Number(position)));
    const behind = this.database.all<{ position: number }>(BEHIND_PARKED, flying);
    session.moveToParked(
      behind.map(({ position }) => position),
      null,
    );

    const sizes = this.database.all<{ position: number; bytes: number }>(
      SIZES,
      flying,
      session.isSuspicious ? 1 : messages,
    );
    let sum = 0;
    const tooMany = sizes.findIndex((each, index) => (sum += each.bytes) > bytes && index > 0);
    const batch = sizes.slice(0, tooMany === -1 ? sizes.length : tooMany).map(({ position }) => position);
    if (session.isSuspicious && batch[0] !== undefined) session.suspect(batch[0]);
    const fetched = this.database.all<Row>(READ, JSON.stringify(batch)).map(queued);
    for (const message of fetched) session.inFlight.add(message);
    return fetched;
  }
}

function queued({ position, id, key, attributes, payload }: Row): QueuedMessage {
  return {
    position: String(position),
    id,
    key,
    attributes: JSON.parse(attributes) as QueuedMessage['attributes'],
    payload,
  };
}
