import type { Opportunity } from '#domain/opportunities/opportunity';
import { ApplicationError } from '../application-error.ts';

/** Loads and saves opportunities inside a transaction, which sees its own writes. */
export abstract class OpportunityRepository {
  /**
   * Stores a new opportunity as it is now: a later change of the object is stored only by save().
   * @throws OpportunityExists when the id is taken. Of two transactions that add the same id, one gets this error.
   */
  abstract add(opportunity: Opportunity): Promise<void>;

  /**
   * Each call returns an object of its own.
   * @param id a UUID, in upper or lower case. Any other text finds nothing.
   */
  abstract get(id: string): Promise<Opportunity | undefined>;

  /**
   * Stores an opportunity that came from get() or was given to add(), as it is now. It may be saved several times.
   * @throws ConcurrentChange when another transaction, or another object of this one, has changed it since. That change
   *   stays, and this one is not stored. The error may come as late as the commit.
   */
  abstract save(opportunity: Opportunity): Promise<void>;
}

/** Another opportunity has this id already. Generated ids never repeat, so the generator is wrong. */
export class OpportunityExists extends Error {
  constructor(options?: ErrorOptions) {
    super('An opportunity with this id is stored already.', options);
    this.name = 'OpportunityExists';
  }
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
