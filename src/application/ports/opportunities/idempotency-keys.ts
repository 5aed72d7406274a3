import { ApplicationError } from '../application-error.ts';

/** Hours for which an answer is remembered. */
export const REMEMBERED_HOURS = 24;

/** What makes a request recognisable when it comes again. */
export type Retry = {
  /** The client's name for what it wants done once. */
  readonly key: string;
  /** Tells one request from another under the same key. */
  readonly fingerprint: string;
};

/** Answers that were given, so that a repeated request has the effect of one. They exist only inside a transaction. */
export abstract class IdempotencyKeys {
  /**
   * Takes the user's key for this transaction.
   * @returns the answer that an earlier transaction gave under it, as JSON; undefined when there is none.
   * @throws IdempotencyKeyInUse while another transaction has it.
   * @throws IdempotencyKeyReused when the earlier request was another one.
   */
  abstract claim(userId: string, retry: Retry): Promise<string | undefined>;

  /** Remembers the answer under a key that was claimed, if and only if the transaction commits. */
  abstract remember(userId: string, retry: Retry, answer: string): Promise<void>;
}

/** The first request under the key is still running. */
export class IdempotencyKeyInUse extends ApplicationError {
  readonly code = 'idempotency_key_in_use';

  constructor() {
    super('A request with this idempotency key is still running. Ask again in a moment.');
  }
}

/** The key stood for another request before. */
export class IdempotencyKeyReused extends ApplicationError {
  readonly code = 'idempotency_key_reused';

  constructor() {
    super('This idempotency key was used for another request. Take a new one for each thing that the user wants done.');
  }
}
