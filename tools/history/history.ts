/** What one transaction meant to publish of one key. */
export type Write = {
  /** Events of one key are in order, and on one partition. */
  readonly key: string;
  /** The n-th event of a key has n: it begins at 1 and grows by one. */
  readonly sequence: number;
  /** "unknown" when the answer to COMMIT never came. */
  readonly outcome: 'committed' | 'rolled back' | 'unknown';
  /** The event's own; without it, a write is told by its key and sequence alone. */
  readonly id?: string | undefined;
  /** Writes with the same name have one fate. */
  readonly transaction?: string | undefined;
  /** As in TopicRecord; what is not said is not compared. */
  readonly value?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** A time in which something was broken on purpose, so that repeats are allowed. In milliseconds since 1970, ends included. */
export type FaultWindow = {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
  /** A sender that lost its place may still append what it held, among what its successor sends: re-runs may break off. */
  readonly stragglers?: boolean | undefined;
  /** The number of partitions changed: keys may move. */
  readonly partitionsChanged?: boolean | undefined;
};

/** What lies at one offset of the topic. */
export type TopicRecord = {
  readonly partition: number;
  readonly offset: number;
  /** Kafka's own for the record, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: string;
  /** 0 when it names none. */
  readonly sequence: number;
  readonly id?: string | undefined;
  /** The bytes, or any text that stands for them (base64, a digest), as long as the writers' log has the same. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
};

export type History = {
  readonly writes: readonly Write[];
  readonly faults: readonly FaultWindow[];
  /** The whole topic. */
  readonly records: readonly TopicRecord[];
};

export const PROMISES = {
  missing: 'nothing that was committed is missing',
  invented: 'nothing is on the topic that was rolled back or never written',
  outcome: 'a write of unknown outcome took place whole or not at all',
  order: 'the events of a key first appear in the order of their sequence, without a gap',
  rerun: 'what comes again is a contiguous re-run of the events that its key had',
  repeat: 'nothing comes again outside of a declared fault',
  altered: 'value and headers are those that were written, at each repeat',
  moved: 'a key stays on one partition',
} as const;

export type Violation = {
  readonly promise: keyof typeof PROMISES;
  readonly key: string;
  readonly sequence: number;
  /** The records that show it, as "partition:offset". None when the point is that there is none. */
  readonly offsets: readonly string[];
  readonly words: string;
};
