import {
  type BatchLimit,
  type OutboxQueue,
  OwnershipLost,
  type QueuedMessage,
} from '#application/ports/outbox/outbox-queue';
import { messageBytes } from '#application/ports/outbox/outbox';
import type { InMemoryDatabase } from './in-memory-database.ts';

/** Owns either the whole outbox or no part of it. */
export class InMemoryOutboxQueue implements OutboxQueue {
  private readonly database: InMemoryDatabase;
  /** Stands for the connection. Each loss leads to a new object. */
  private session = {};
  private inFlight = new Set<QueuedMessage>();

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async fetch({ messages: most, bytes: mostBytes }: BatchLimit): Promise<QueuedMessage[]> {
    this.database.ensureReachable();
    if (!this.database.relay) this.own();
    if (this.database.relay !== this.session) return [];
    this.unpark();
    this.moveBehindWhatIsParked();

    const flying = new Set([...this.inFlight].map(({ position }) => position));
    const batch: QueuedMessage[] = [];
    let bytes = 0;
    for (const queued of this.database.outbox.filter(({ position }) => !flying.has(position)).slice(0, most)) {
      const message = { ...queued };
      bytes += messageBytes(message);
      if (batch.length > 0 && bytes > mostBytes) break;
      batch.push(message);
      this.inFlight.add(message);
    }
    return batch;
  }

  holds(messages: readonly QueuedMessage[]): boolean {
    return this.database.relay === this.session && messages.every((message) => this.inFlight.has(message));
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    this.land(messages);
    this.remove(messages);
  }

  putBack(messages: readonly QueuedMessage[]): void {
    for (const message of messages) this.inFlight.delete(message);
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    this.land([message]);
    this.remove([message]);
    this.database.parked.push({ message, refusal });
  }

  async release(): Promise<void> {
    if (this.database.relay === this.session) this.database.relay = undefined;
    this.inFlight = new Set();
  }

  private land(messages: readonly QueuedMessage[]): void {
    if (!this.holds(messages)) throw new OwnershipLost();
    this.putBack(messages);
  }

  private remove(messages: readonly QueuedMessage[]): void {
    const gone = new Set(messages.map(({ position }) => position));
    this.database.outbox = this.database.outbox.filter(({ position }) => !gone.has(position));
  }

  /** Frees the keys whose first message is no longer refused. */
  private unpark(): void {
    const { database } = this;
    const free = new Set(this.parkedKeys().filter((key) => this.headOf(key)?.refusal === null));
    const back = database.parked.filter(({ message }) => free.has(message.key)).map(({ message }) => message);
    database.parked = database.parked.filter(({ message }) => !free.has(message.key));
    database.outbox = [...back, ...database.outbox].sort((one, other) => Number(one.position) - Number(other.position));
  }

  private moveBehindWhatIsParked(): void {
    const parked = new Set(this.parkedKeys());
    const behind = this.database.outbox.filter(({ key }) => parked.has(key));
    this.remove(behind);
    this.database.parked.push(...behind.map((message) => ({ message, refusal: null })));
  }

  private parkedKeys(): string[] {
    return [...new Set(this.database.parked.map(({ message }) => message.key))];
  }

  private headOf(key: string) {
    return this.database.parked.find(({ message }) => message.key === key);
  }

  private own(): void {
    this.session = {};
    this.inFlight = new Set();
    this.database.relay = this.session;
  }
}
