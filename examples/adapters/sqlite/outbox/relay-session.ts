import { OwnershipLost, type QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { RelayLock } from './relay-lock.ts';

/** Relays that ended in a row, before they published anything, after which one message is published at a time. */
const ENDS_TOLERATED = 2;

/** The columns that a message keeps in whichever table it lies. */
const COLUMNS = 'position, id, key, attributes, payload, created_at';
const LISTED = 'position IN (SELECT value FROM json_each(?))';

const REMOVE = `DELETE FROM outbox WHERE ${LISTED}`;

// A replay is published a second time but retained only once.
const RETAIN = `
  INSERT INTO outbox_published (${COLUMNS}, published_at) SELECT ${COLUMNS}, ? FROM outbox
  WHERE ${LISTED} AND attributes ->> 'replayedat' IS NULL`;

const PARK = `
  INSERT INTO outbox_parked (${COLUMNS}, parked_at, refusal) SELECT ${COLUMNS}, ?, ? FROM outbox WHERE ${LISTED}`;

// The messages keep their positions, so that they come before all messages that were written since.
const UNPARK = `INSERT INTO outbox (${COLUMNS}) SELECT ${COLUMNS} FROM outbox_parked WHERE key = ?`;

/** The time for which one relay owns the outbox, with the messages in flight. Both end when the lock is lost. */
export class RelaySession {
  readonly inFlight = new Set<QueuedMessage>();
  private readonly database: SqliteDatabase;
  private readonly lock: RelayLock;
  private readonly clock: Clock;
  private readonly retains: boolean;
  /** Whether relays before this one ended so often that any message may be the cause. */
  private suspicious = false;

  /** @param retains whether published messages are stored in another table. */
  constructor(database: SqliteDatabase, lock: RelayLock, clock: Clock, retains: boolean) {
    this.database = database;
    this.lock = lock;
    this.clock = clock;
    this.retains = retains;
  }

  get isHeld(): boolean {
    return this.lock.isHeld;
  }

  get isSuspicious(): boolean {
    return this.suspicious;
  }

  holds(messages: readonly QueuedMessage[]): boolean {
    return this.isHeld && messages.every((message) => this.inFlight.has(message));
  }

  /**
   * Counts the start of this process as a relay, and parks the message that was alone in flight when the relay before it
   * ended. A process that has only lost its session is alive, so it is neither counted nor does it blame a message.
   */
  begin(isStart: boolean): void {
    this.database.transaction(() => {
      const before = this.database.get<{ starts: number; suspect: number | null }>('SELECT starts, suspect FROM relay');
      const culprits = isStart && before?.suspect ? [before.suspect] : [];
      this.moveToParked(culprits, 'Relays ended one after the other while they published it.');
      const counted = (before?.starts ?? 0) + (isStart ? 1 : 0);
      const starts = culprits.length > 0 ? 1 : counted;
      this.database.run('UPDATE relay SET starts = ?, suspect = NULL', starts);
      this.suspicious = starts > ENDS_TOLERATED;
    });
  }

  /** Remembers which message is alone in flight, so that an end of this process can be blamed on it. */
  suspect(position: number): void {
    this.database.run('UPDATE relay SET suspect = ?', position);
  }

  /** @throws OwnershipLost when any of the messages is not in flight. */
  acknowledge(messages: readonly QueuedMessage[]): void {
    this.settle(messages, (positions) => {
      const listed = JSON.stringify(positions);
      if (this.retains) this.database.run(RETAIN, this.clock.now().getTime(), listed);
      this.database.run(REMOVE, listed);
    });
  }

  /** @throws OwnershipLost when the message is not in flight. */
  park(message: QueuedMessage, refusal: string): void {
    this.settle([message], (positions) => {
      this.moveToParked(positions, refusal);
    });
  }

  putBack(messages: readonly QueuedMessage[]): void {
    for (const message of messages) this.inFlight.delete(message);
    // The message did not end this process, so it is not to blame.
    if (this.isHeld && this.suspicious) this.database.run('UPDATE relay SET suspect = NULL');
  }

  /** Moves messages out of the reach of the relay. The caller opens the transaction. */
  moveToParked(positions: readonly number[], refusal: string | null): void {
    const listed = JSON.stringify(positions);
    this.database.run(PARK, this.clock.now().getTime(), refusal, listed);
    this.database.run(REMOVE, listed);
  }

  /** Moves all messages of a key back. The caller opens the transaction. */
  unpark(key: string): void {
    this.database.run(UNPARK, key);
    this.database.run('DELETE FROM outbox_parked WHERE key = ?', key);
  }

  /** Ends the session in order: the next relay has no reason to suspect a message. */
  end(): void {
    try {
      if (this.isHeld) this.database.run('UPDATE relay SET starts = 0, suspect = NULL');
    } finally {
      this.lose();
    }
  }

  lose(): void {
    this.inFlight.clear();
    this.lock.release();
  }

  private settle(messages: readonly QueuedMessage[], write: (positions: readonly number[]) => void): void {
    if (!this.holds(messages)) throw new OwnershipLost();
    for (const message of messages) this.inFlight.delete(message);
    this.database.transaction(() => {
      write(messages.map(({ position }) => Number(position)));
      // A published or parked message shows that this relay works.
      this.database.run('UPDATE relay SET starts = 0, suspect = NULL');
    });
    this.suspicious = false;
  }
}
