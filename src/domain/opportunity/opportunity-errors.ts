import { DomainError } from '../domain-error.ts';
import type { Violation } from '../violation.ts';

/** It does not exist, or this actor may not know that it does. */
export class OpportunityNotFound extends DomainError {
  readonly code = 'not_found';

  constructor() {
    super('There is no such opportunity.');
  }
}

/** The state machine has no such edge. */
export class IllegalTransition extends DomainError {
  readonly code = 'invalid_state';
  readonly currentStatus: string;

  constructor(action: string, currentStatus: string) {
    super(`An opportunity that is ${currentStatus} cannot be subject to "${action}".`);
    this.currentStatus = currentStatus;
  }
}

/** The proposed details break invariants; all of them are listed. */
export class InvalidOpportunity extends DomainError {
  readonly code = 'validation_failed';
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super('The opportunity is not valid.');
    this.violations = violations;
  }
}

/** A draft lacks what readers need; all that is missing is listed. */
export class NotPublishable extends DomainError {
  readonly code = 'not_publishable';
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super('The draft is not complete enough to be published.');
    this.violations = violations;
  }
}
