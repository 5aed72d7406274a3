/** Something happened to a user at the token issuer, after which older tokens say what is not true any more. */
export type UserEvent = {
  readonly userId: string;
  readonly validAfter: Date;
  readonly reason: string;
};

/** What the token issuer tells of its users. */
export abstract class UserEvents {
  /**
   * Hands over each event, those of one user in their order, until it is closed; resolves then, and at once where there
   * is no source. An event whose handling was rejected comes again with the next call, and so may others before it.
   * What is not an event is logged and passed over.
   * @throws BrokerUnavailable when the source is away. What `handle` was rejected with, as it is.
   */
  abstract read(handle: (event: UserEvent) => Promise<void>): Promise<void>;

  /** Lets the handling that is under way finish. */
  abstract close(): Promise<void>;
}
