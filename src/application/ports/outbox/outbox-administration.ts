/** What can be said of an event without its payload. */
export type EventSummary = {
  readonly id: string;
  /** The event's attribute type; null when a row written by hand lacks it. */
  readonly type: string | null;
  readonly key: string;
  readonly payloadBytes: number;
  /** By the database's clock. */
  readonly createdAt: Date;
  readonly ageSeconds: number;
};

/** A relay that is connected now. */
export type RelaySeen = {
  /** Host, process id and start; null until it owns a bucket. */
  readonly owner: string | null;
  /** null on the database's own machine, or when this user may not see it. */
  readonly address: string | null;
  readonly connectedAt: Date | null;
  readonly buckets: number;
};

export type Pause = { readonly since: Date; readonly reason: string | null };

/** An event that Kafka refused, and what its key waits for. */
export type ParkedKey = {
  readonly event: EventSummary;
  readonly refusal: string;
  readonly parkedAt: Date;
  /** Events of the key that were put behind it. */
  readonly behind: number;
};

/** One event among those that are parked, refused or behind one that is. */
export type ParkedEvent = EventSummary & {
  /** The attributes by the names that they have on the topic, where operators look for them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** null when it waits behind another one, or is about to be published again. */
  readonly refusal: string | null;
  readonly parkedAt: Date;
  /** The oldest parked event of its key, which may be this one. */
  readonly head: { readonly id: string; readonly refusal: string | null };
};

export type OutboxStatus = {
  readonly waiting: number;
  /** Of the oldest event that waits; null when none does. */
  readonly oldestSeconds: number | null;
  /** null when what is published is not kept. */
  readonly publishedLastMinute: number | null;
  readonly relays: readonly RelaySeen[];
  readonly bucketsWithoutOwner: readonly number[];
  /** The first of them, by key. */
  readonly parked: readonly ParkedKey[];
  readonly parkedKeys: number;
  readonly pause: Pause | null;
  /** null when nothing is. */
  readonly retained: Retained | null;
};

export type Retained = {
  readonly count: number;
  /** Whether the count is the database's estimate. */
  readonly isEstimate: boolean;
  /** When the first and the last of it were published. */
  readonly from: Date;
  readonly to: Date;
};

/** Events of a key that nothing holds back any more, up to a position. */
export type FreedKey = {
  readonly key: string;
  readonly bucket: number;
  readonly events: number;
  /** Of the last of them. */
  readonly last: string;
};

export type Whereabouts = {
  readonly key: string;
  /** published: all of them; refused: one of them, and the key is parked again. */
  readonly state: 'published' | 'refused' | 'waiting';
  readonly refused: { readonly id: string; readonly refusal: string } | null;
  /** Whether a relay owns its bucket now. */
  readonly isOwned: boolean;
  readonly isPaused: boolean;
};

/**
 * What operators see of the outbox, and do to it. It publishes nothing and moves nothing back: the relay that owns a key
 * does, when it sees what was changed here. Each method throws StorageUnavailable while the database is away.
 */
export abstract class OutboxAdministration {
  /** @param parked of how many parked keys it tells. */
  abstract status(parked: number): Promise<OutboxStatus>;

  /** What waits in the outbox, oldest first. */
  abstract waiting(only: { readonly key: string | undefined; readonly limit: number }): Promise<EventSummary[]>;

  /** By key; without a key, all of them. */
  abstract parkedKeys(key?: string): Promise<ParkedKey[]>;

  abstract parkedEvent(id: string): Promise<ParkedEvent | undefined>;

  /**
   * Lets events be published again, with what is behind them.
   * @param heads events that are refused, with their keys. Those that are not any more are passed over.
   */
  abstract retry(heads: readonly { readonly id: string; readonly key: string }[]): Promise<FreedKey[]>;

  /**
   * Gives up an event that is refused, and keeps it with the reason; what is behind it goes on.
   * @param withAllBehind gives those up as well.
   * @returns how many were given up, 0 when it is not refused any more; and what goes on.
   */
  abstract discard(
    head: { readonly id: string; readonly key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ readonly discarded: number; readonly freed: FreedKey | undefined }>;

  /** Where the events of these keys are by now. */
  abstract whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]>;

  /** Keeps every relay from publishing. When it is paused already, that pause stays as it is. */
  abstract pause(reason: string | null): Promise<{ readonly pause: Pause; readonly isNew: boolean }>;

  /** @returns what was there. */
  abstract resume(): Promise<Pause | undefined>;
}
