/** A message without its payload. */
export type EventSummary = {
  readonly id: string;
  /** The event's attribute type; null when a row written by hand lacks it. */
  readonly type: string | null;
  readonly key: string;
  readonly payloadBytes: number;
  /** The time at which the message was written, by the database's clock. */
  readonly createdAt: Date;
  readonly ageSeconds: number;
};

/** A relay that is connected now. */
export type RelaySeen = {
  /** The relay's host, process id and start; null until it owns a bucket. */
  readonly owner: string | null;
  /** The relay's address; null on the database's own machine, or when this user may not see it. */
  readonly address: string | null;
  readonly connectedAt: Date | null;
  readonly buckets: number;
};

/** A pause of all relays, as an operator made it. */
export type Pause = { readonly since: Date; readonly reason: string | null };

/** A parked key, with the message that the broker refused. */
export type ParkedKey = {
  readonly event: EventSummary;
  readonly refusal: string;
  readonly parkedAt: Date;
  /** Number of later messages of the key that wait behind the refused message. */
  readonly behind: number;
};

/** A message in the table of parked messages. The broker refused it, or it waits behind a refused one. */
export type ParkedEvent = EventSummary & {
  /** The attributes by the names that they have on the topic, where operators look for them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** The broker's reason; null when the message waits behind another one, or is about to be published again. */
  readonly refusal: string | null;
  readonly parkedAt: Date;
  /** The oldest parked message of its key, which may be this one. */
  readonly head: { readonly id: string; readonly refusal: string | null };
};

export type OutboxStatus = {
  readonly waiting: number;
  /** Age of the oldest waiting message in seconds; null when none waits. */
  readonly oldestSeconds: number | null;
  /** Number of messages that were published in the last minute; null when published messages are not retained. */
  readonly publishedLastMinute: number | null;
  readonly relays: readonly RelaySeen[];
  readonly bucketsWithoutOwner: readonly number[];
  /** The first parked keys, in the order of keys. */
  readonly parked: readonly ParkedKey[];
  readonly parkedKeys: number;
  readonly pause: Pause | null;
  /** A summary of the retained messages; null when no message is retained. */
  readonly retained: Retained | null;
};

export type Retained = {
  readonly count: number;
  /** Whether the count is the database's estimate. */
  readonly isEstimate: boolean;
  /** Publication times of the first and the last retained message. */
  readonly from: Date;
  readonly to: Date;
};

/** Messages of a key, up to an outbox position, that nothing holds back any more. */
export type FreedKey = {
  readonly key: string;
  readonly bucket: number;
  readonly events: number;
  /** Outbox position of the last freed message. */
  readonly last: string;
};

/** The present state of the messages of a freed key. */
export type Whereabouts = {
  readonly key: string;
  /** Whether all messages are published, or one was refused and the key is parked again, or messages still wait. */
  readonly state: 'published' | 'refused' | 'waiting';
  readonly refused: { readonly id: string; readonly refusal: string } | null;
  /** Whether a relay owns the key's bucket now. */
  readonly isOwned: boolean;
  readonly isPaused: boolean;
};

/**
 * What operators can see and change in the outbox. This port neither publishes messages nor moves them back into the
 * outbox: the relay that owns the key does both when it sees the change. Each method throws StorageUnavailable while
 * the database cannot be reached.
 */
export abstract class OutboxAdministration {
  /** @param parked the largest number of parked keys that the status lists. */
  abstract status(parked: number): Promise<OutboxStatus>;

  /** Lists messages that wait in the outbox, oldest first. */
  abstract waiting(only: { readonly key: string | undefined; readonly limit: number }): Promise<EventSummary[]>;

  /** Returns the parked key, or all parked keys when no key is given. */
  abstract parkedKeys(key?: string): Promise<ParkedKey[]>;

  abstract parkedEvent(id: string): Promise<ParkedEvent | undefined>;

  /**
   * Lets refused messages be published again, together with the messages behind them.
   * @param heads refused messages with their keys. A message that is no longer refused is ignored.
   */
  abstract retry(heads: readonly { readonly id: string; readonly key: string }[]): Promise<FreedKey[]>;

  /**
   * Discards a refused message and stores it with the operator's reason. The messages behind it are published.
   * @param withAllBehind discards the messages behind it as well.
   * @returns how many messages were discarded (0 when it is no longer refused), and the messages that are freed.
   */
  abstract discard(
    head: { readonly id: string; readonly key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ readonly discarded: number; readonly freed: FreedKey | undefined }>;

  /** Reads the present state of the messages of these keys. */
  abstract whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]>;

  /** Stops every relay from publishing. A pause that exists already stays as it is. */
  abstract pause(reason: string | null): Promise<{ readonly pause: Pause; readonly isNew: boolean }>;

  /** @returns the pause that ended; undefined when there was none. */
  abstract resume(): Promise<Pause | undefined>;
}
