/** An event that one transaction meant to publish, from the writers' log. */
export type Write = {
  /** The record's key. Events of one key are in order and on one partition. */
  readonly key: string;
  /** Number of the event within its key: 1, 2, 3 … */
  readonly sequence: number;
  /** The end of the transaction: "unknown" when the response to COMMIT never came. */
  readonly outcome: 'committed' | 'rolled back' | 'unknown';
  /** Id of the event. Without it, key and sequence alone identify the event. */
  readonly id?: string | undefined;
  /** Name of the transaction. Writes of one transaction are published together or not at all. */
  readonly transaction?: string | undefined;
  /** The record's value, as in TopicRecord. Without it, values are not compared. Headers are treated in the same way. */
  readonly value?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** A time in which something was broken on purpose, so that repeats are allowed. `from` and `to` are milliseconds since 1970, both included. */
export type FaultWindow = {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
  /** Whether a relay that was replaced may still append a batch among its successor's records, so that re-runs may break off. */
  readonly stragglers?: boolean | undefined;
  /** Whether the number of partitions changed, so that keys may move. */
  readonly partitionsChanged?: boolean | undefined;
};

/** A record at one offset of the topic. */
export type TopicRecord = {
  readonly partition: number;
  readonly offset: number;
  /** Kafka's timestamp of the record, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: string;
  /** Sequence that the record names; 0 when it names none. */
  readonly sequence: number;
  readonly id?: string | undefined;
  /** The value as text, or any text that stands for it (base64, a digest), if the writers' log uses the same. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
};

export type History = {
  readonly writes: readonly Write[];
  readonly faults: readonly FaultWindow[];
  /** All records of the topic. */
  readonly records: readonly TopicRecord[];
};

/** The promises that the checker tests, one sentence each. */
export const PROMISES = {
  missing: 'every committed event is on the topic',
  invented: 'no event is on the topic that was rolled back or never written',
  outcome: 'the events of a transaction with unknown outcome are published together or not at all',
  order: 'the events of a key first appear in the order of their sequence, without a gap',
  rerun: 'repeated events of a key are a contiguous re-run of its earlier events',
  repeat: 'no event is repeated outside of a declared fault',
  altered: 'value and headers are those that were written, in every repeat, too',
  moved: 'a key stays on one partition',
} as const;

export type Violation = {
  readonly promise: keyof typeof PROMISES;
  readonly key: string;
  readonly sequence: number;
  /** The records that show the violation, as "partition:offset". A missing event has none. */
  readonly offsets: readonly string[];
  readonly words: string;
};
