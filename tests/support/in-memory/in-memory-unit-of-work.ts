import type { Message } from '#application/messages/message';
import {
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  type IdempotencyKeys,
  type Retry,
} from '#application/ports/opportunities/idempotency-keys';
import { ConcurrentChange, type OpportunityRepository } from '#application/ports/opportunities/opportunity-repository';
import { messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox/outbox';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { copyOf, type InMemoryDatabase } from './in-memory-database.ts';

/** Collects the writes of a block and applies them at the end, all at once or not at all. */
export class InMemoryUnitOfWork implements UnitOfWork {
  private readonly database: InMemoryDatabase;
  private readonly wakeUp: RelayWakeUp;
  private readonly largestMessageBytes: number;

  constructor(database: InMemoryDatabase, wakeUp: RelayWakeUp, largestMessageBytes = 900_000) {
    this.database = database;
    this.wakeUp = wakeUp;
    this.largestMessageBytes = largestMessageBytes;
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.database.connect();
    const transaction = (this.database.lastTransaction += 1);
    this.database.openTransactions.add(transaction);
    const opportunities = new PendingOpportunities(this.database, transaction);
    const outbox = new PendingOutbox(this.largestMessageBytes);
    const idempotencyKeys = new PendingIdempotencyKeys(this.database);
    try {
      const result = await work({ opportunities, outbox, idempotencyKeys });
      this.database.connect();
      if (opportunities.written && outbox.messages.length === 0)
        throw new Error('An opportunity was written and no event was appended.');
      opportunities.apply();
      idempotencyKeys.apply();
      for (const message of outbox.messages) this.database.enqueue(message);
      this.wakeUp.nudge();
      return result;
    } finally {
      idempotencyKeys.release();
      this.database.openTransactions.delete(transaction);
    }
  }
}

class PendingOpportunities implements OpportunityRepository {
  private readonly database: InMemoryDatabase;
  private readonly transaction: number;
  private readonly readVersions = new Map<string, number>();
  private readonly writes = new Map<string, Opportunity>();

  constructor(database: InMemoryDatabase, transaction: number) {
    this.database = database;
    this.transaction = transaction;
  }

  get written(): boolean {
    return this.writes.size > 0;
  }

  async add(opportunity: Opportunity): Promise<void> {
    this.writes.set(opportunity.id, copyOf(opportunity));
  }

  async get(id: string): Promise<Opportunity | undefined> {
    const stored = this.database.opportunities.get(id);
    if (!stored) return undefined;
    this.readVersions.set(id, stored.version);
    return copyOf(stored);
  }

  async save(opportunity: Opportunity): Promise<void> {
    this.writes.set(opportunity.id, copyOf(opportunity));
    this.checkVersions();
  }

  apply(): void {
    this.checkVersions();
    for (const [id, opportunity] of this.writes) {
      this.database.opportunities.set(id, opportunity);
      this.database.changedIn.set(id, this.transaction);
    }
  }

  private checkVersions(): void {
    for (const id of this.writes.keys()) {
      if (this.database.opportunities.get(id)?.version !== this.readVersions.get(id)) throw new ConcurrentChange();
    }
  }
}

class PendingOutbox implements Outbox {
  readonly messages: Message[] = [];
  private readonly largestMessageBytes: number;

  constructor(largestMessageBytes: number) {
    this.largestMessageBytes = largestMessageBytes;
  }

  async append(message: Message): Promise<void> {
    const bytes = messageBytes(message);
    if (bytes > this.largestMessageBytes) throw new MessageTooLarge(bytes, this.largestMessageBytes);
    this.messages.push(message);
  }
}

class PendingIdempotencyKeys implements IdempotencyKeys {
  private readonly database: InMemoryDatabase;
  private claimed: string | undefined;
  private answer: { fingerprint: string; answer: string } | undefined;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    const name = JSON.stringify([userId, key]);
    if (this.database.keysInUse.has(name)) throw new IdempotencyKeyInUse();
    this.database.keysInUse.add(name);
    this.claimed = name;
    const earlier = this.database.answers.get(name);
    if (earlier && earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier?.answer;
  }

  async remember(_userId: string, { fingerprint }: Retry, answer: string): Promise<void> {
    this.answer = { fingerprint, answer };
  }

  apply(): void {
    if (this.claimed && this.answer) this.database.answers.set(this.claimed, this.answer);
  }

  release(): void {
    if (this.claimed) this.database.keysInUse.delete(this.claimed);
  }
}
