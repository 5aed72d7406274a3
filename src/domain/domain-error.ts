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
