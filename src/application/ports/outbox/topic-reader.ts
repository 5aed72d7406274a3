/** What lies at one offset of the topic. */
export type TopicRecord = {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** undefined for a record that says that its key is gone. */
  readonly value: Uint8Array | undefined;
};

/** The topic of the events, read without leaving anything behind. Each method throws BrokerUnavailable. */
export abstract class TopicReader {
  /** From a time on, by the records' own, to the end that it has when the reading begins: partition by partition, each in its order. */
  abstract read(from: Date): AsyncIterable<readonly TopicRecord[]>;

  /**
   * What the topic's own retention has left.
   * @returns since when, in milliseconds since 1970, the partition of a key has everything: -Infinity for one from which
   * nothing was deleted, Infinity for one in which nothing is left.
   */
  abstract completeSince(): Promise<(key: string) => number>;
}
