import type { Message } from '#application/messages/message';
import type { QueuedMessage } from '#application/ports/outbox/outbox-queue';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import type { TokenRevocation } from '#domain/token-revocation';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { RateLimitCount } from './in-memory-rate-limiter.ts';

/** What several in-memory adapters share, as PostgreSQL is what the real ones share. */
export class InMemoryDatabase {
  readonly opportunities = new Map<string, Opportunity>();
  /** By which transaction each was changed last; 0 for those that were put there without one. */
  readonly changedIn = new Map<string, number>();
  readonly openTransactions = new Set<number>();
  lastTransaction = 0;
  /** Another one when what is stored is replaced as a whole. */
  origin = 'a';
  outbox: QueuedMessage[] = [];
  /** What was refused, with what waits behind it. */
  parked: { readonly message: QueuedMessage; refusal: string | null }[] = [];
  /** By user and key. */
  readonly answers = new Map<string, { fingerprint: string; answer: string }>();
  readonly keysInUse = new Set<string>();
  /** By policy and key. */
  readonly rateLimits = new Map<string, RateLimitCount>();
  /** By user, with the number of the change that recorded it. */
  readonly revocations = new Map<string, TokenRevocation & { readonly change: number }>();
  lastRevocation = 0;
  /** Whose outbox it is: the one relay that may fetch and acknowledge. */
  relay: object | undefined;
  /** When true, nothing answers. */
  away = false;
  private position = 0;

  /** @throws StorageUnavailable while it is away. */
  connect(): void {
    if (this.away) throw new StorageUnavailable('The database does not answer.');
  }

  enqueue(message: Message): void {
    this.position += 1;
    this.outbox.push({ ...message, position: String(this.position), bucket: 0 });
  }
}

/** As far apart from the original as a row is from the object that was stored. */
export function copyOf(opportunity: Opportunity): Opportunity {
  return Object.setPrototypeOf(structuredClone(Object.assign({}, opportunity)), Opportunity.prototype) as Opportunity;
}
