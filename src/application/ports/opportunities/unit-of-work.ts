import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { OpportunityRepository } from './opportunity-repository.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { ApplicationError } from '../application-error.ts';

/** What can be written together. These ports exist only inside the block, so nothing can be written outside of it. */
export type Transaction = {
  readonly opportunities: OpportunityRepository;
  readonly outbox: Outbox;
  readonly idempotencyKeys: IdempotencyKeys;
};

/** Makes changes and their events one: all of a block is stored, or nothing of it. */
export abstract class UnitOfWork {
  /**
   * Runs the block in one transaction and commits when it resolves. When it rejects, nothing is stored and the
   * rejection is passed on. The block is run once: it is never retried behind the caller's back.
   * @throws StorageUnavailable when the storage cannot be reached or takes too long; whether a commit that was under way
   *   took place is then unknown.
   */
  abstract run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/** The storage is away, overloaded or too slow. Trying again later may succeed. */
export class StorageUnavailable extends ApplicationError {
  readonly code = 'storage_unavailable';
}
