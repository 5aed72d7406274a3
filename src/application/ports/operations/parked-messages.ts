/** A message without its payload. */
export type EventSummary = {
  readonly id: string;
  /** The event's attribute type; null when a row written by hand lacks it. */
  readonly type: string | null;
  readonly key: string;
  readonly payloadBytes: number;
  /** The time at which the message was written, by the storage's clock. */
  readonly createdAt: Date;
  /** Seconds since the message was written. */
  readonly ageSeconds: number;
};

/** A parked key, with the message that the broker refused. */
export type ParkedKey = {
  readonly event: EventSummary;
  /** The broker's reason. */
  readonly refusal: string;
  readonly parkedAt: Date;
  /** Number of later messages of the key that wait behind the refused message. */
  readonly behind: number;
};

/** A parked message: the broker refused it, or it waits behind a refused one. */
export type ParkedEvent = EventSummary & {
  /**
   * The attributes by the names that they have on the topic, where operators look for them. An adapter whose publisher has
   * no topic may choose the names.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** The broker's reason; null when the message waits behind another one, or is about to be published again. */
  readonly refusal: string | null;
  readonly parkedAt: Date;
  /** The oldest parked message of its key, which may be this one. */
  readonly head: { readonly id: string; readonly refusal: string | null };
};

/** Messages of a key, up to an outbox position, that nothing holds back any more. */
export type FreedKey = {
  readonly key: string;
  /** Number of freed messages. */
  readonly events: number;
  /** Outbox position of the last freed message. */
  readonly last: string;
};

/** The present state of the messages of a freed key. */
export type Whereabouts = {
  readonly key: string;
  /** Whether all messages are published, or one was refused and the key is parked again, or messages still wait. */
  readonly state: 'published' | 'refused' | 'waiting';
  /** The refused message with the broker's reason; null in every other state. */
  readonly refused: { readonly id: string; readonly refusal: string } | null;
  /** Whether the key belongs to a relay now. */
  readonly isOwned: boolean;
  readonly isPaused: boolean;
};

/**
 * What operators can see and change among the parked messages. This port neither publishes messages nor moves them back
 * into the outbox: the relay that owns the key does both when it sees the change.
 */
export abstract class ParkedMessages {
  /**
   * Lists parked keys in the order of keys.
   * @param key the key to list; undefined for all. The list is empty when the key is not parked.
   * @throws StorageUnavailable
   */
  abstract keys(key?: string): Promise<ParkedKey[]>;

  /**
   * Finds a parked message.
   * @returns undefined when no parked message has this id.
   * @throws StorageUnavailable
   */
  abstract find(id: string): Promise<ParkedEvent | undefined>;

  /**
   * Lets refused messages be published again, together with the messages that are parked behind them now.
   * @param heads refused messages with their keys. A message that is no longer refused is ignored.
   * @returns the freed messages of each key, in the order of keys.
   * @throws StorageUnavailable
   */
  abstract retry(heads: readonly { readonly id: string; readonly key: string }[]): Promise<FreedKey[]>;

  /**
   * Discards a refused message and stores it with the operator's reason. The messages behind it are published.
   * @param withAllBehind discards the messages behind it as well.
   * @returns how many messages were discarded (0 when the message is no longer refused), and the messages that are
   *   freed; undefined when no message waits behind it.
   * @throws StorageUnavailable
   */
  abstract discard(
    head: { readonly id: string; readonly key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ readonly discarded: number; readonly freed: FreedKey | undefined }>;

  /**
   * Reads the present state of freed messages.
   * @returns one state for each key, in the order of keys.
   * @throws StorageUnavailable
   */
  abstract whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]>;
}
