import type { TokenRevocation } from '#domain/token-revocation';

export type RecordedRevocations = {
  /** At most one revocation for each user, in no particular order. */
  readonly revocations: readonly Pick<TokenRevocation, 'userId' | 'validAfter'>[];
  /** Opaque text that the next call of since() takes. */
  readonly position: string;
};

/** Stores revocations for all processes. A revocation expires when every token that it refuses must have expired. */
export abstract class RevocationStore {
  /**
   * Stores the revocation, unless the user already has one with a later instant. In whatever order calls arrive, the
   * instant of a user never moves back.
   * @returns the revocation that is stored now.
   * @throws StorageUnavailable: the revocation may or may not have been stored, and storing it again does no harm.
   */
  abstract record(revocation: TokenRevocation): Promise<TokenRevocation>;

  /**
   * Finds the user's revocation.
   * @returns undefined when the user has none, or when it has expired.
   * @throws StorageUnavailable
   */
  abstract find(userId: string): Promise<TokenRevocation | undefined>;

  /**
   * Returns the revocations that were committed since the position. Without a position it returns all of them, and also
   * when the storage was replaced since then, as after a restored backup. Expired revocations are left out.
   * @throws StorageUnavailable
   */
  abstract since(position: string | undefined): Promise<RecordedRevocations>;
}
