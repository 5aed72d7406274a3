/** An event as it is published. Its content was validated and serialised once, when the event was written. */
export type Message = {
  /** UUIDv7. Every repeat of an event carries the same id, so that consumers can tell a repeat. */
  readonly id: string;
  /** Messages with the same key stay in order. */
  readonly key: string;
  readonly attributes: MessageAttributes;
  /** JSON text. */
  readonly payload: string;
};

/**
 * What an event says of itself beside its data: the context attributes of CloudEvents 1.0, by their names in that
 * standard. Adapters turn them into the headers of their transport.
 */
export type MessageAttributes = Readonly<Record<string, string>>;
