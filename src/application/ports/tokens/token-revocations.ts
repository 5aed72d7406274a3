import type { TokenRevocation } from '#domain/token-revocation';
import { ApplicationError } from '../application-error.ts';

/** How well this process knows the revocations: whether its copy is as it should be, and if not, whether that may be. */
export type RevocationsState = 'up to date' | 'stale' | 'unavailable';

/** Whose tokens are good no longer: a copy in this process's memory, since it is asked about each token. */
export abstract class TokenRevocations {
  /**
   * Tokens of this user that were issued before it are refused; undefined when none are. Asks nobody.
   * @throws RevocationsUnavailable when the copy is too old, and may not be used then.
   */
  abstract validAfter(userId: string): Date | undefined;

  /**
   * Takes over what was recorded since the last time, by any process.
   * @throws StorageUnavailable: the copy stays as it is, and grows old.
   */
  abstract refresh(): Promise<void>;

  /** Takes over one that this process has recorded itself. */
  abstract learn(revocation: TokenRevocation): void;

  abstract state(): RevocationsState;
}

/** Nobody can say whether a token was revoked. Trying again later may succeed. */
export class RevocationsUnavailable extends ApplicationError {
  readonly code = 'revocations_unavailable';

  constructor() {
    super('Whether the token was revoked cannot be told at the moment.');
  }
}
