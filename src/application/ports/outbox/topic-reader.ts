/** One record of the topic. */
export type TopicRecord = {
  /** The part of the topic in which the record lies. Records have an order only within one shard. */
  readonly shard: number;
  /** The record's place on the topic, in the words in which operators look it up. */
  readonly place: string;
  readonly key: string | undefined;
  /** The attributes, by the names that they have in a message. Another writer's record may repeat a name. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** The payload; undefined for a tombstone, which says that its key is gone. */
  readonly value: Uint8Array | undefined;
};

/** Reads the topic of the events and leaves no trace there. */
export abstract class TopicReader {
  /**
   * Reads the records that carry this time or a later one, up to the end that the topic has when the reading begins: shard
   * by shard, each in its order.
   * @throws BrokerUnavailable when the topic cannot be read.
   */
  abstract read(from: Date): AsyncIterable<readonly TopicRecord[]>;

  /**
   * Tells which records the topic's own retention has left.
   * @returns a function of the key: the time, in milliseconds since 1970, from which on the key's shard is complete.
   * It is -Infinity for a shard that never lost a record, and Infinity for a shard that has none left.
   * @throws BrokerUnavailable when the topic cannot be read.
   */
  abstract completeSince(): Promise<(key: string) => number>;
}
