import type { Actor } from '#domain/actor';
import { ApplicationError } from '../application-error.ts';

export type VerifiedToken = {
  readonly actor: Actor;
  /** Seconds since 1970. Undefined when the token does not say when it was issued. */
  readonly issuedAt: number | undefined;
};

/**
 * Checks the signature and the claims of a token. A verifier knows nothing of revocations: Authenticate looks them up,
 * whichever verifier is bound.
 */
export abstract class TokenVerifier {
  /**
   * @param token the text after the scheme in the Authorization header
   * @throws TokenRejected with the reason, in words that reveal neither the token nor a claim.
   * @throws TokenKeysUnavailable when the issuer's keys cannot be read at the moment.
   */
  abstract verify(token: string): Promise<VerifiedToken>;

  /** Short names of the keys in use, the current key first. They may be logged: nobody can derive a key from its name. */
  abstract keyFingerprints(): readonly string[];
}

export type TokenRejection =
  'token_invalid' | 'token_expired' | 'token_not_yet_valid' | 'token_wrong_type' | 'token_revoked';

/** The token identifies nobody. The message is meant for the client. */
export class TokenRejected extends ApplicationError {
  readonly code: TokenRejection;

  constructor(code: TokenRejection, message: string) {
    super(message);
    this.code = code;
  }
}

/** The issuer's keys cannot be read. The token may well be valid, so an app must not log its user out. */
export class TokenKeysUnavailable extends ApplicationError {
  readonly code = 'token_keys_unavailable';
}
