/** An event as it is published. Its content was validated and serialised once, when the event was written. */
export type Message = {
  /** UUIDv7. Every repeat of an event carries the same id, so that consumers can tell a repeat. */
  readonly id: string;
  /** Messages with the same key stay in order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly payload: string;
};
