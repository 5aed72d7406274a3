import type { Actor } from '#domain/actor';
import { ApplicationError } from '../application-error.ts';

/** Turns the token of the issuer into the actor that it stands for. */
export abstract class TokenVerifier {
  /**
   * @param token what followed the scheme in the Authorization header
   * @throws TokenRejected saying why, in words that reveal neither the token nor a claim.
   * @throws TokenKeysUnavailable when nobody can tell at the moment.
   * @throws RevocationsUnavailable when nobody can say whether it was revoked.
   */
  abstract verify(token: string): Promise<Actor>;

  /** Names of the keys that tokens are checked with, the current one first: for logs and people, of no use to anybody else. */
  abstract keyFingerprints(): readonly string[];
}

export type TokenRejection =
  'token_invalid' | 'token_expired' | 'token_not_yet_valid' | 'token_wrong_type' | 'token_revoked';

export class TokenRejected extends ApplicationError {
  readonly code: TokenRejection;

  constructor(code: TokenRejection, message: string) {
    super(message);
    this.code = code;
  }
}

/** The issuer's keys could not be read, so that the token may be as good as any: an app must not log its user out. */
export class TokenKeysUnavailable extends ApplicationError {
  readonly code = 'token_keys_unavailable';
}
