import { DomainError } from '../domain-error.ts';
import type { Violation } from '../domain-error.ts';

/** The opportunity does not exist, or this actor may not know that it exists. */
export class OpportunityNotFound extends DomainError {
  readonly code = 'not_found';

  constructor() {
    super('There is no such opportunity.');
  }
}

/** The state machine has no edge for this action from the current status. */
export class IllegalTransition extends DomainError {
  readonly code = 'invalid_state';
  readonly currentStatus: string;

  constructor(message: string, currentStatus: string) {
    super(message);
    this.currentStatus = currentStatus;
  }
}

/** The proposed details break invariants. All of the violations are listed. */
export class InvalidOpportunity extends DomainError {
  readonly code = 'validation_failed';
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super('The opportunity is not valid.');
    this.violations = violations;
  }
}

/** The opportunity lacks details that readers need, or its deadline has passed. All of the obstacles are listed. */
export class NotPublishable extends DomainError {
  readonly code = 'not_publishable';
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super('The opportunity cannot be published as it is.');
    this.violations = violations;
  }
}
