import type { TokenRevocation } from '#domain/token-revocation';

export type Recorded = {
  /** Each user at most once, in no order. */
  readonly revocations: readonly Pick<TokenRevocation, 'userId' | 'validAfter'>[];
  /** From where to read on; opaque. */
  readonly position: string;
};

/** Where revocations are kept for all processes, until no token can be left that they would refuse. */
export abstract class RevocationStore {
  /**
   * Keeps it, unless there is one of the same user that refuses more: the instant never moves back, whoever comes first.
   * @returns what holds now.
   * @throws StorageUnavailable: whether it was recorded is then unknown, and recording it again does no harm.
   */
  abstract record(revocation: TokenRevocation): Promise<TokenRevocation>;

  /** @throws StorageUnavailable */
  abstract find(userId: string): Promise<TokenRevocation | undefined>;

  /**
   * What was recorded since the position, whenever its transaction began; everything without a position, or when what
   * is stored now is not what was stored then. What is no longer kept, it does not tell.
   * @throws StorageUnavailable
   */
  abstract since(position: string | undefined): Promise<Recorded>;
}
