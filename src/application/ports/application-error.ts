/**
 * The codes of all failures that ports report. The code does not compile while one of them has no row in the HTTP table
 * of problems.
 */
export type ApplicationErrorCode =
  | 'concurrent_change'
  | 'event_too_large'
  | 'idempotency_key_in_use'
  | 'idempotency_key_reused'
  | 'invalid_parameter'
  | 'precondition_failed'
  | 'revocations_unavailable'
  | 'storage_unavailable'
  | 'sync_token_expired'
  | 'token_expired'
  | 'token_invalid'
  | 'token_keys_unavailable'
  | 'token_not_yet_valid'
  | 'token_revoked'
  | 'token_wrong_type';

/** A failure that a port reports. Callers need not know the technology behind it. */
export abstract class ApplicationError extends Error {
  abstract readonly code: ApplicationErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The storage cannot be reached, is overloaded, or is too slow. A later attempt may succeed. */
export class StorageUnavailable extends ApplicationError {
  readonly code = 'storage_unavailable';
}
