import type { Actor } from '#domain/actor';
import { TokenRejected, type TokenVerifier, type VerifiedToken } from '../ports/tokens/token-verifier.ts';
import type { RevocationCache } from './revocation-cache.ts';

/** Finds out who asks: the token must be verified, and it must not have been revoked. */
export class Authenticate {
  private readonly verifier: TokenVerifier;
  private readonly revocations: Pick<RevocationCache, 'validAfter'>;

  constructor(verifier: TokenVerifier, revocations: Pick<RevocationCache, 'validAfter'>) {
    this.verifier = verifier;
    this.revocations = revocations;
  }

  /**
   * The verifier comes first, so that a token which is both expired and revoked is called expired, and a forged token
   * reveals nothing about the revocations of a user.
   * @throws TokenRejected
   * @throws TokenKeysUnavailable
   * @throws RevocationsUnavailable
   */
  async execute(token: string): Promise<Actor> {
    const verified = await this.verifier.verify(token);
    const validAfter = this.revocations.validAfter(verified.actor.id);
    if (validAfter && !isIssuedSince(validAfter, verified))
      throw new TokenRejected('token_revoked', 'The token was revoked and its user must log in again.');
    return verified.actor;
  }

  /** Short names of the keys that tokens are checked with, for the log of a token that was refused. */
  keyFingerprints(): readonly string[] {
    return this.verifier.keyFingerprints();
  }
}

/**
 * The comparison is strict where a token is not precise. The time of issue is rounded down to whole seconds, so a token
 * from the second of the revocation counts as issued before. A token that does not say when it was issued counts as
 * issued before as well.
 */
function isIssuedSince(validAfter: Date, { issuedAt }: VerifiedToken): boolean {
  return issuedAt !== undefined && issuedAt * 1000 >= validAfter.getTime();
}
