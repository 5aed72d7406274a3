/** One thing that is wrong with proposed data. All of them are reported together. */
export type Violation = {
  /** Where: property names and array indices, outermost first. */
  readonly path: readonly (string | number)[];
  /** Stable, for programs. */
  readonly code: string;
  /** For people: completes the sentence "<field> …". */
  readonly message: string;
};

/** Every way the domain can refuse. The HTTP edge must give each code a row in its table, or it does not compile. */
export type DomainErrorCode = 'forbidden' | 'not_found' | 'invalid_state' | 'validation_failed' | 'not_publishable';

/** A refusal with a stable code. The message is meant for the client and never holds secrets. */
export abstract class DomainError extends Error {
  abstract readonly code: DomainErrorCode;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
