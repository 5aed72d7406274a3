import type { Opportunity } from '#domain/opportunities/opportunity';
import { ApplicationError } from '../application-error.ts';

/** All opportunities, as a collection inside a transaction. */
export abstract class OpportunityRepository {
  /** Stores a new one. */
  abstract add(opportunity: Opportunity): Promise<void>;

  abstract get(id: string): Promise<Opportunity | undefined>;

  /**
   * Stores the changes made to one that came from get().
   * @throws ConcurrentChange when somebody else changed it since: their change stays, this transaction's does not.
   */
  abstract save(opportunity: Opportunity): Promise<void>;
}

/** Two changes met; this one lost and nothing of it was stored. */
export class ConcurrentChange extends ApplicationError {
  readonly code = 'concurrent_change';

  constructor(options?: ErrorOptions) {
    super('Somebody else changed the opportunity at the same time. Read it again, then decide again.', options);
  }
}

/** It is no longer in a version that the actor has seen. Nothing was changed. */
export class VersionMismatch extends ApplicationError {
  readonly code = 'precondition_failed';

  constructor() {
    super('The opportunity has changed since you read it. Read it again, then decide again.');
  }
}
