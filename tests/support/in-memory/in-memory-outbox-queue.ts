import { type OutboxBatch, OwnershipLost, type QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BatchLimit, OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { messageBytes } from '#application/ports/outbox/outbox';
import type { InMemoryDatabase } from './in-memory-database.ts';

/** Stands for a relay's connection. Each loss leads to a new object. */
type Session = {
  readonly inFlight: Set<QueuedMessage>;
  /** Positions of acknowledged messages that have not left the outbox yet. */
  readonly landing: Set<string>;
};

/** Owns either the whole outbox or no part of it. */
export class InMemoryOutboxQueue implements OutboxQueue {
  private readonly database: InMemoryDatabase;
  private session: Session = { inFlight: new Set(), landing: new Set() };

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async fetch(limit: BatchLimit): Promise<OutboxBatch> {
    if (this.database.away && this.database.relay === this.session) this.database.relay = undefined;
    this.database.ensureReachable();
    if (!this.database.relay) this.own();
    const mayFetch = this.database.relay === this.session && !this.database.pause;
    const messages = mayFetch ? this.waiting(limit) : [];
    return new InMemoryOutboxBatch(messages, this.database, this.session);
  }

  async release(): Promise<void> {
    if (this.database.relay === this.session) this.database.relay = undefined;
  }

  private waiting({ messages: most, bytes: mostBytes }: BatchLimit): QueuedMessage[] {
    this.unpark();
    const { inFlight, landing } = this.session;
    const flying = new Set([...landing, ...Array.from(inFlight, ({ position }) => position)]);
    this.moveBehindParkedMessages(flying);
    const batch: QueuedMessage[] = [];
    let bytes = 0;
    for (const queued of this.database.outbox.filter(({ position }) => !flying.has(position)).slice(0, most)) {
      const message = structuredClone(queued);
      bytes += messageBytes(message);
      if (batch.length > 0 && bytes > mostBytes) break;
      batch.push(message);
      inFlight.add(message);
    }
    return batch;
  }

  /** Frees the keys whose first message is no longer refused. */
  private unpark(): void {
    const { database } = this;
    const free = new Set(this.parkedKeys().filter((key) => this.headOf(key)?.refusal === null));
    const back = database.parked.filter(({ message }) => free.has(message.key)).map(({ message }) => message);
    database.parked = database.parked.filter(({ message }) => !free.has(message.key));
    database.outbox = [...back, ...database.outbox].sort((one, other) => Number(one.position) - Number(other.position));
  }

  private moveBehindParkedMessages(flying: ReadonlySet<string>): void {
    const parked = new Set(this.parkedKeys());
    const behind = this.database.outbox.filter(({ key, position }) => parked.has(key) && !flying.has(position));
    this.database.outbox = this.database.outbox.filter((message) => !behind.includes(message));
    this.database.parked.push(...behind.map((message) => ({ message, refusal: null })));
  }

  private parkedKeys(): string[] {
    return [...new Set(this.database.parked.map(({ message }) => message.key))];
  }

  private headOf(key: string) {
    return this.database.parked.find(({ message }) => message.key === key);
  }

  private own(): void {
    this.session = { inFlight: new Set(), landing: new Set() };
    this.database.relay = this.session;
  }
}

class InMemoryOutboxBatch implements OutboxBatch {
  readonly messages: readonly QueuedMessage[];
  private readonly database: InMemoryDatabase;
  private readonly session: Session;

  constructor(messages: readonly QueuedMessage[], database: InMemoryDatabase, session: Session) {
    this.messages = messages;
    this.database = database;
    this.session = session;
  }

  holds(): boolean {
    return this.areInFlight(this.messages);
  }

  /** The messages are no longer in flight at once, and leave the outbox a moment later. */
  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    this.land(messages);
    const gone = new Set(messages.map(({ position }) => position));
    for (const position of gone) this.session.landing.add(position);
    await this.database.connect();
    this.remove(gone);
    for (const position of gone) this.session.landing.delete(position);
  }

  putBack(messages: readonly QueuedMessage[]): void {
    for (const message of messages) this.session.inFlight.delete(message);
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    this.land([message]);
    this.remove(new Set([message.position]));
    this.database.parked.push({ message, refusal });
    await this.database.connect();
  }

  private areInFlight(messages: readonly QueuedMessage[]): boolean {
    const { database, session } = this;
    return database.relay === session && messages.every((message) => session.inFlight.has(message));
  }

  private land(messages: readonly QueuedMessage[]): void {
    if (!this.areInFlight(messages)) throw new OwnershipLost();
    // A relay that cannot reach the database has lost its session.
    if (this.database.away) this.database.relay = undefined;
    this.database.ensureReachable();
    this.putBack(messages);
  }

  private remove(positions: ReadonlySet<string>): void {
    this.database.outbox = this.database.outbox.filter(({ position }) => !positions.has(position));
  }
}
