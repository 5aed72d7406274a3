import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { OpportunityRepository } from './opportunity-repository.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** The ports of one transaction. They exist only inside its block, so nothing can be written outside of a transaction. */
export type Transaction = {
  readonly opportunities: OpportunityRepository;
  readonly outbox: Outbox;
  readonly idempotencyKeys: IdempotencyKeys;
};

/** Commits changes together with their events: everything that a block writes is stored, or nothing of it. */
export abstract class UnitOfWork {
  /**
   * Runs the block in one transaction and commits when the block resolves. When it rejects, nothing is stored and the
   * rejection is passed on. The block runs once and is never retried without the caller's knowledge.
   * @throws StorageUnavailable when the storage cannot be reached or takes too long. It is then unknown whether a commit
   *   that was under way took place.
   */
  abstract run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}
