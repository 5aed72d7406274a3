import type { Message } from '#application/messages/message';
import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import { StorageUnavailable } from '#application/ports/application-error';
import type { TokenRevocation } from '#domain/token-revocation';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { RateLimitCount } from './in-memory-rate-limiter.ts';

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
  /** Refused messages, and the messages that wait behind them. */
  parked: { readonly message: QueuedMessage; refusal: string | null }[] = [];
  /** Stored responses by user and key. */
  readonly answers = new Map<string, { fingerprint: string; answer: string }>();
  readonly keysInUse = new Set<string>();
  /** Counts by policy and key. */
  readonly rateLimits = new Map<string, RateLimitCount>();
  /** Revocations by user, with the number of the change that recorded each. */
  readonly revocations = new Map<string, TokenRevocation & { readonly change: number }>();
  lastRevocation = 0;
  /** The session of the one relay that may fetch and acknowledge. */
  relay: object | undefined;
  /** Whether the database cannot be reached. */
  away = false;
  private position = 0;

  /** @throws StorageUnavailable while the database is away. */
  connect(): void {
    if (this.away) throw new StorageUnavailable('The database does not answer.');
  }

  enqueue(message: Message): void {
    this.position += 1;
    this.outbox.push({ ...message, position: String(this.position) });
  }
}

/** Gives a copy that shares nothing with the original, as a row shares nothing with the stored object. */
export function copyOf(opportunity: Opportunity): Opportunity {
  return Opportunity.fromState(structuredClone(opportunity.state));
}
