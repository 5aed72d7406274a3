import type { MessageAttributes } from '../../messages/message.ts';

/** A span of publication times. Its instants are RFC 3339 texts, because a Date would lose microseconds. */
export type TimeSpan = {
  /** Events that were published at this instant or later. */
  readonly from: string;
  /** Events that were published before this instant; undefined for no end. */
  readonly to: string | undefined;
};

export type Selection = TimeSpan & {
  /** Events with this key; undefined for events of every key. */
  readonly key: string | undefined;
  /** Events with this attribute type; undefined for events of every type. */
  readonly type: string | undefined;
};

/** A retained event, with a digest in place of its payload. */
export type RetainedEvent = {
  readonly id: string;
  readonly key: string;
  /** The outbox position, which grows among the events of a key. */
  readonly position: bigint;
  readonly attributes: MessageAttributes;
  /** SHA-256 of the payload, in hexadecimal digits. */
  readonly payloadDigest: string;
  readonly publishedAt: Date;
};

/** Reads and replays retained events. Each method throws StorageUnavailable while the database cannot be reached. */
export abstract class RetainedEvents {
  /** Returns the publication times of the oldest and the newest retained event; undefined when no event is retained. */
  abstract extent(): Promise<{ readonly from: Date; readonly to: Date } | undefined>;

  /** Counts the selected events and their keys. */
  abstract count(selection: Selection): Promise<{ readonly events: number; readonly keys: number }>;

  /** Reads the events of the time span in parts, which need not be in the order of outbox positions. */
  abstract read(span: TimeSpan): AsyncIterable<readonly RetainedEvent[]>;

  /** Chooses the events to be replayed, in the order of outbox positions, and forgets the previous choice. */
  abstract choose(selection: Selection): Promise<void>;

  /**
   * Writes the next chosen events into the outbox again, in order and behind everything that waits there.
   * @param at the value of their attribute replayedat, which marks them as replays.
   * @returns how many chosen events were next (0 at the end), and how many of them were replayed: retention may have
   *   removed the others.
   */
  abstract replayNext(atMost: number, at: string): Promise<{ readonly next: number; readonly replayed: number }>;

  /**
   * Returns the publication time of the earliest chosen event that is not replayed yet; undefined when no event is
   * left.
   */
  abstract restFrom(): Promise<string | undefined>;

  /** Counts the messages that wait in the outbox. Counting stops at the given number. */
  abstract waiting(atMost: number): Promise<number>;
}
