import { ApplicationError } from '../application-error.ts';

/** Hours for which a response is stored, by the clock of the storage. */
export const REMEMBERED_HOURS = 24;

/** Identifies a request that may be sent again. */
export type Retry = {
  /** The client's key for an operation that must be done once. */
  readonly key: string;
  /** A digest of the request. It reveals a key that is used again for a different request. */
  readonly fingerprint: string;
};

/** Responses of earlier requests, so that a repeated request has the effect of one. This port exists only inside a transaction. */
export abstract class IdempotencyKeys {
  /**
   * Takes the user's key until this transaction ends. A transaction may claim several keys, and the same key again.
   * @returns the response that was stored under the key in the last 24 hours, exactly as it was; undefined when there is
   *   none.
   * @throws IdempotencyKeyInUse while another transaction holds the key.
   * @throws IdempotencyKeyReused when the key was used for a different request.
   */
  abstract claim(userId: string, retry: Retry): Promise<string | undefined>;

  /**
   * Stores the response under the claimed key, if and only if the transaction commits. It replaces an earlier response.
   */
  abstract remember(userId: string, retry: Retry, response: string): Promise<void>;
}

/** The first request with this key is still running. */
export class IdempotencyKeyInUse extends ApplicationError {
  readonly code = 'idempotency_key_in_use';

  constructor() {
    super('A request with this idempotency key is still running. Ask again in a moment.');
  }
}

/** The key was used before for a different request. */
export class IdempotencyKeyReused extends ApplicationError {
  readonly code = 'idempotency_key_reused';

  constructor() {
    super('This idempotency key was used for another request. Use a new key for each operation.');
  }
}
