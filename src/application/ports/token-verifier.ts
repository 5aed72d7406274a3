import type { Actor } from '#domain/actor';
import { ApplicationError } from './application-error.ts';

/** Turns the token of the issuer into the actor that it stands for. */
export abstract class TokenVerifier {
  /**
   * @param token what followed the scheme in the Authorization header
   * @throws TokenRejected saying why, in words that reveal neither the token nor a claim.
   */
  abstract verify(token: string): Promise<Actor>;

  /** Names of the keys that tokens are checked with, the current one first: for logs and people, of no use to anybody else. */
  abstract keyFingerprints(): readonly string[];
}

export type TokenRejection = 'token_invalid' | 'token_expired' | 'token_wrong_type';

export class TokenRejected extends ApplicationError {
  readonly code: TokenRejection;

  constructor(code: TokenRejection, message: string) {
    super(message);
    this.code = code;
  }
}
