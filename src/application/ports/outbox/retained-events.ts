import type { MessageAttributes } from '../../messages/message.ts';

/** A span of publication times. Its instants are RFC 3339 texts, because a Date would lose microseconds. */
export type TimeSpan = {
  /** Events that were published at this instant or later. */
  readonly from: string;
  /** Events that were published before this instant; undefined for no end. */
  readonly to: string | undefined;
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

/** Reads retained events. A replay of an event is not retained a second time. */
export abstract class RetainedEvents {
  /**
   * Returns the publication times of the oldest and the newest retained event; undefined when no event is retained.
   * @throws StorageUnavailable
   */
  abstract extent(): Promise<{ readonly from: Date; readonly to: Date } | undefined>;

  /**
   * Reads the events of the time span, each once, in parts that need not be in the order of outbox positions.
   * @throws StorageUnavailable
   */
  abstract read(span: TimeSpan): AsyncIterable<readonly RetainedEvent[]>;
}
