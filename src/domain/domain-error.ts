/** One thing that is wrong with proposed data. All violations are reported together. */
export type Violation = {
  /** The place of the wrong value: property names and array indices, outermost first. */
  readonly path: readonly (string | number)[];
  /** A stable code for programs. */
  readonly code: string;
  /** A text for people that completes the sentence "<field> …". */
  readonly message: string;
};

/**
 * The codes of all refusals of the domain. The code does not compile while one of them has no row in the HTTP table of
 * problems.
 */
export type DomainErrorCode = 'forbidden' | 'not_found' | 'invalid_state' | 'validation_failed' | 'not_publishable';

/** A refusal with a stable code. Clients read the message, so it never holds secrets. */
export abstract class DomainError extends Error {
  abstract readonly code: DomainErrorCode;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
