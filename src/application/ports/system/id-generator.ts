/** Names for new things. */
export abstract class IdGenerator {
  /** A UUIDv7 (RFC 9562 §5.7) in lower case: never given twice, and later ones sort after earlier ones. */
  abstract next(): string;
}
