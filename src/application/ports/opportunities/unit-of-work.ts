import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { OpportunityRepository } from './opportunity-repository.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** The ports of one transaction. They exist only inside its block, so nothing can be written outside of a transaction. */
export type Transaction = {
  readonly opportunities: OpportunityRepository;
  readonly outbox: Outbox;
  readonly idempotencyKeys: IdempotencyKeys;
};

/**
 * Commits changes together with their events: everything that a block writes is stored, or nothing of it. Nobody outside
 * of the block sees its writes before the commit.
 */
export abstract class UnitOfWork {
  /**
   * Runs the block in one transaction and commits when the block resolves. When it rejects, nothing is stored and the
   * rejection is passed on. The block runs at most once and is never retried. After the commit the relay is woken up.
   * The calls of one block come one after the other. A failed call of a port ends the transaction: run() rejects with the call's error even when the block catches it. A
   * run() inside of a block is another transaction, which commits by itself.
   * @throws TransactionMisused when the block is wrong in one of the ways of that error. Nothing is stored.
   * @throws StorageUnavailable when the storage cannot be reached or takes too long. The block has not run if the
   *   transaction could not begin. It is unknown whether a commit that was under way took place.
   */
  abstract run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/**
 * The code of a block is wrong: it did not await a call, used a port after its end, wrote an opportunity without appending
 * its event afterwards, saved an object that this transaction had not read, or remembered a response without a claim.
 */
export class TransactionMisused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TransactionMisused';
  }
}
