import type { Opportunity } from '#domain/opportunities/opportunity';
import { ApplicationError } from '../application-error.ts';

/** Loads and saves opportunities inside a transaction. */
export abstract class OpportunityRepository {
  /** Stores a new opportunity. */
  abstract add(opportunity: Opportunity): Promise<void>;

  abstract get(id: string): Promise<Opportunity | undefined>;

  /**
   * Stores the changes of an opportunity that came from get().
   * @throws ConcurrentChange when another transaction has changed it since. That change stays, and this one is not stored.
   */
  abstract save(opportunity: Opportunity): Promise<void>;
}

/** Two changes happened at the same time. This one lost, and nothing of it was stored. */
export class ConcurrentChange extends ApplicationError {
  readonly code = 'concurrent_change';

  constructor(options?: ErrorOptions) {
    super('Somebody else changed the opportunity at the same time. Read it again, then decide again.', options);
  }
}

/** The opportunity no longer has a version that the actor has seen. Nothing was changed. */
export class VersionMismatch extends ApplicationError {
  readonly code = 'precondition_failed';

  constructor() {
    super('The opportunity has changed since you read it. Read it again, then decide again.');
  }
}
