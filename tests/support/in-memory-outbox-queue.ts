import { type BatchLimit, type OutboxQueue, OwnershipLost, type QueuedMessage } from '#application/ports/outbox-queue';
import { messageBytes } from '#application/ports/outbox';
import type { InMemoryDatabase } from './in-memory-database.ts';

/** Owns the whole outbox or nothing of it. */
export class InMemoryOutboxQueue implements OutboxQueue {
  private readonly database: InMemoryDatabase;
  /** Stands for the connection: a new one after each loss. */
  private session = {};
  private fetched = new Set<QueuedMessage>();

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async fetch({ messages: most, bytes: mostBytes }: BatchLimit): Promise<QueuedMessage[]> {
    this.database.connect();
    if (!this.database.relay) this.own();
    if (this.database.relay !== this.session) return [];

    const batch: QueuedMessage[] = [];
    let bytes = 0;
    for (const queued of this.database.outbox.slice(0, most)) {
      const message = { ...queued };
      bytes += messageBytes(message);
      if (batch.length > 0 && bytes > mostBytes) break;
      batch.push(message);
      this.fetched.add(message);
    }
    return batch;
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    const owned = this.database.relay === this.session && messages.every((message) => this.fetched.has(message));
    if (!owned) throw new OwnershipLost();
    const done = new Set(messages.map(({ position }) => position));
    this.database.outbox = this.database.outbox.filter(({ position }) => !done.has(position));
  }

  async release(): Promise<void> {
    if (this.database.relay === this.session) this.database.relay = undefined;
  }

  private own(): void {
    this.session = {};
    this.fetched = new Set();
    this.database.relay = this.session;
  }
}
