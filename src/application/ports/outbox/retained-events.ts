import type { MessageAttributes } from '../../messages/message.ts';

/** What Kafka has, and what is kept of it for replays and comparisons. */
export abstract class EventRetention {
  /**
   * Removes some of what was published longer ago than it is to be kept, the oldest first. Holds no lock that a relay waits for.
   * @returns whether there may be more of it.
   * @throws StorageUnavailable
   */
  abstract removeOld(): Promise<boolean>;
}

/** Instants are texts of RFC 3339: a Date would lose microseconds. */
export type TimeSpan = {
  /** Events that were published then, or later. */
  readonly from: string;
  /** Events that were published before; undefined: all that are there. */
  readonly to: string | undefined;
};

export type Selection = TimeSpan & {
  /** Events with this key; undefined for events of every key. */
  readonly key: string | undefined;
  /** Events with this attribute type; undefined for events of every type. */
  readonly type: string | undefined;
};

/** An event that was published, with a digest in the place of its payload. */
export type RetainedEvent = {
  readonly id: string;
  readonly key: string;
  /** Grows among the events of a key. */
  readonly position: bigint;
  readonly attributes: MessageAttributes;
  /** SHA-256, as hexadecimal digits. */
  readonly payloadDigest: string;
  readonly publishedAt: Date;
};

/** What was published, for as long as it is kept. Each method throws StorageUnavailable while the database is away. */
export abstract class RetainedEvents {
  /** When the oldest and the newest of them were published; undefined when nothing is kept. */
  abstract extent(): Promise<{ readonly from: Date; readonly to: Date } | undefined>;

  abstract count(selection: Selection): Promise<{ readonly events: number; readonly keys: number }>;

  /** In parts, which need not be in the order of positions. */
  abstract read(span: TimeSpan): AsyncIterable<readonly RetainedEvent[]>;

  /** Fixes what is to be replayed, in the order of positions: that of each key. What was chosen before is forgotten. */
  abstract choose(selection: Selection): Promise<void>;

  /**
   * Puts the next of what was chosen into the outbox again, behind everything that is there, in order, with a mark.
   * @param at what the mark says.
   * @returns how many were next, 0 at the end; and how many of these were there, since old ones are removed meanwhile.
   */
  abstract replayNext(atMost: number, at: string): Promise<{ readonly next: number; readonly replayed: number }>;

  /** When the earliest of what was chosen and is not replayed yet was published; undefined when nothing is left. */
  abstract restFrom(): Promise<string | undefined>;

  /** How many events wait in the outbox, counted up to so many. */
  abstract waiting(atMost: number): Promise<number>;
}
