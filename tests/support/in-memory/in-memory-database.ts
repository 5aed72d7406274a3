import type { Message } from '#application/messages/message';
import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import { StorageUnavailable } from '#application/ports/application-error';
import type { TokenRevocation } from '#domain/token-revocation';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { Pause } from '#application/ports/operations/relay-pause';
import type { RateLimitCount } from './in-memory-rate-limiter.ts';

/** A response under an idempotency key, with the time at which it was stored in milliseconds since 1970. */
export type StoredResponse = { readonly fingerprint: string; readonly response: string; readonly storedAt: number };

/** The state that the in-memory adapters share, in place of PostgreSQL. */
export class InMemoryDatabase {
  readonly opportunities = new Map<string, Opportunity>();
  /** The number of the transaction that changed each opportunity last. Opportunities that were stored without one have none. */
  readonly changedIn = new Map<string, number>();
  readonly openTransactions = new Set<number>();
  lastTransaction = 0;
  /** Changes when all stored data is replaced. */
  origin = 'a';
  outbox: QueuedMessage[] = [];
  /** The time at which each message was written, by its position. */
  readonly writtenAt = new Map<string, number>();
  /** Refused messages, and the messages that wait behind them. */
  parked: { readonly message: QueuedMessage; refusal: string | null }[] = [];
  /** Stored responses by user and key. */
  readonly responses = new Map<string, StoredResponse>();
  readonly keysInUse = new Set<string>();
  /** Counts by policy and key. */
  readonly rateLimits = new Map<string, RateLimitCount>();
  /** Revocations by user, with the number of the change that recorded each. */
  readonly revocations = new Map<string, TokenRevocation & { readonly change: number }>();
  lastRevocation = 0;
  /** The session of the one relay that may fetch and acknowledge. */
  relay: object | undefined;
  /** The pause of all relays, as an operator made it. */
  pause: Pause | undefined;
  /** Retained messages, the oldest first. Times are in milliseconds since 1970. */
  retained: { readonly message: QueuedMessage; readonly publishedAt: number }[] = [];
  /** Names of the migrations that have run. */
  readonly migrated = new Set<string>();
  /** Whether the database cannot be reached. */
  away = false;
  /** Whether the database accepts no writes. */
  isStandby = false;
  private position = 0;
  private passedMs = 0;

  /**
   * Comes before each read and write. It takes a moment, as a network does: a caller who forgets to await a write goes on
   * before the write has happened.
   * @throws StorageUnavailable while the database is away.
   */
  async connect(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.ensureReachable();
  }

  /** @throws StorageUnavailable while the database is away. */
  ensureReachable(): void {
    if (this.away) throw new StorageUnavailable('The database does not answer.');
  }

  /** The time by the database's own clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.passedMs;
  }

  /** Moves the database's clock forward. */
  pass(milliseconds: number): void {
    this.passedMs += milliseconds;
  }

  enqueue(message: Message): void {
    this.position += 1;
    const position = String(this.position);
    this.writtenAt.set(position, this.now());
    this.outbox.push({ ...message, position });
  }
}

/** Gives a copy that shares nothing with the original, as a row shares nothing with the stored object. */
export function copyOf(opportunity: Opportunity): Opportunity {
  return Opportunity.fromState(structuredClone(opportunity.state));
}
