import type { Message } from '#application/messages/message';
import {
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  type IdempotencyKeys,
  REMEMBERED_HOURS,
  type Retry,
} from '#application/ports/opportunities/idempotency-keys';
import {
  ConcurrentChange,
  OpportunityExists,
  type OpportunityRepository,
} from '#application/ports/opportunities/opportunity-repository';
import { TransactionGuard } from '#infrastructure/persistence/transaction-guard';
import { messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox/outbox';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { copyOf, type InMemoryDatabase, type StoredResponse } from './in-memory-database.ts';

const HOUR_MS = 3_600_000;

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
    await this.database.connect();
    const transaction = (this.database.lastTransaction += 1);
    this.database.openTransactions.add(transaction);
    const opportunities = new PendingOpportunities(this.database, transaction);
    const outbox = new PendingOutbox(this.database, this.largestMessageBytes);
    const idempotencyKeys = new PendingIdempotencyKeys(this.database);
    try {
      const result = await new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);
      await this.database.connect();
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
  /** The version that each object had when it was read or written. */
  private readonly knownVersions = new Map<Opportunity, number>();
  /** The writes by id, with the committed version that each one replaces; undefined for a new opportunity. */
  private readonly writes = new Map<string, { readonly copy: Opportunity; readonly replaces: number | undefined }>();

  constructor(database: InMemoryDatabase, transaction: number) {
    this.database = database;
    this.transaction = transaction;
  }

  async add(opportunity: Opportunity): Promise<void> {
    const copy = copyOf(opportunity);
    await this.database.connect();
    if (this.current(copy.id)) throw new OpportunityExists();
    this.writes.set(copy.id, { copy, replaces: undefined });
    this.knownVersions.set(opportunity, copy.version);
  }

  async get(id: string): Promise<Opportunity | undefined> {
    await this.database.connect();
    const current = this.current(id.toLowerCase());
    if (!current) return undefined;
    const opportunity = copyOf(current);
    this.knownVersions.set(opportunity, opportunity.version);
    return opportunity;
  }

  async save(opportunity: Opportunity): Promise<void> {
    const copy = copyOf(opportunity);
    await this.database.connect();
    if (this.current(copy.id)?.version !== this.knownVersions.get(opportunity)) throw new ConcurrentChange();
    const before = this.writes.get(copy.id);
    const replaces = before ? before.replaces : this.database.opportunities.get(copy.id)?.version;
    this.writes.set(copy.id, { copy, replaces });
    this.knownVersions.set(opportunity, copy.version);
  }

  /** Stores all writes, unless another transaction has committed a write of one of the opportunities meanwhile. */
  apply(): void {
    for (const [id, { replaces }] of this.writes)
      if (this.database.opportunities.get(id)?.version !== replaces)
        throw replaces === undefined ? new OpportunityExists() : new ConcurrentChange();
    for (const [id, { copy }] of this.writes) {
      this.database.opportunities.set(id, copy);
      this.database.changedIn.set(id, this.transaction);
    }
  }

  /** The opportunity as this transaction sees it. */
  private current(id: string): Opportunity | undefined {
    return this.writes.get(id)?.copy ?? this.database.opportunities.get(id);
  }
}

class PendingOutbox implements Outbox {
  readonly messages: Message[] = [];
  private readonly database: InMemoryDatabase;
  private readonly largestMessageBytes: number;

  constructor(database: InMemoryDatabase, largestMessageBytes: number) {
    this.database = database;
    this.largestMessageBytes = largestMessageBytes;
  }

  async append(message: Message): Promise<void> {
    const copy = structuredClone(message);
    await this.database.connect();
    const bytes = messageBytes(copy);
    if (bytes > this.largestMessageBytes) throw new MessageTooLarge(bytes, this.largestMessageBytes);
    this.messages.push(copy);
  }
}

class PendingIdempotencyKeys implements IdempotencyKeys {
  private readonly database: InMemoryDatabase;
  private readonly claimed = new Set<string>();
  private hasEnded = false;
  private readonly responses = new Map<string, StoredResponse>();

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async claim(userId: string, { key, fingerprint }: Retry): Promise<string | undefined> {
    await this.database.connect();
    const name = JSON.stringify([userId, key]);
    // The block did not await this claim. A lock that is taken now would never be released.
    if (this.hasEnded) return undefined;
    if (this.database.keysInUse.has(name) && !this.claimed.has(name)) throw new IdempotencyKeyInUse();
    this.database.keysInUse.add(name);
    this.claimed.add(name);
    const earlier = this.responses.get(name) ?? this.database.responses.get(name);
    if (!earlier || earlier.storedAt <= this.database.now() - REMEMBERED_HOURS * HOUR_MS) return undefined;
    if (earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return earlier.response;
  }

  async remember(userId: string, { key, fingerprint }: Retry, response: string): Promise<void> {
    await this.database.connect();
    this.responses.set(JSON.stringify([userId, key]), { fingerprint, response, storedAt: this.database.now() });
  }

  apply(): void {
    for (const [name, response] of this.responses) this.database.responses.set(name, response);
  }

  release(): void {
    this.hasEnded = true;
    for (const name of this.claimed) this.database.keysInUse.delete(name);
  }
}
