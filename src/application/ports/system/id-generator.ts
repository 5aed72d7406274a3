/** Generates the ids of opportunities and events. */
export abstract class IdGenerator {
  /**
   * @returns a UUIDv7 (RFC 9562 §5.7) in lower case. No id is returned twice, not by another generator either, and later
   *   ids of a generator sort after its earlier ones.
   */
  abstract next(): string;
}
