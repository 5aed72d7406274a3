import { DomainError } from '../domain-error.ts';
import type { Violation } from '../domain-error.ts';

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

/** It lacks what readers need, or its time has passed; all that stands against publishing is listed. */
export class NotPublishable extends DomainError {
  readonly code = 'not_publishable';
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super('The opportunity cannot be published as it is.');
    this.violations = violations;
  }
}
