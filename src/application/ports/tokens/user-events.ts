/** Something happened to a user at the token issuer that makes older tokens wrong, for example a lost role. */
export type UserEvent = {
  readonly userId: string;
  /** Tokens that were issued before this instant are wrong. */
  readonly validAfter: Date;
  readonly reason: string;
};

/** Reads the messages of the token issuer about its users. */
export abstract class UserEvents {
  /**
   * Calls `handle` for each event, in order for each user, until close() is called. Without a source it returns at once.
   * When `handle` fails, read() fails with the same error, and the next call hands over that event again. Some events
   * before it may be repeated. A malformed event is logged and skipped.
   * @throws BrokerUnavailable when the source cannot be reached.
   */
  abstract read(handle: (event: UserEvent) => Promise<void>): Promise<void>;

  /** Ends read(), and waits until `handle` has finished the event that it has begun. No event is handed over afterwards. */
  abstract close(): Promise<void>;
}
