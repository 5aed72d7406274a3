/** An event as it is published. Its content was validated and serialised once, when the event was written. */
export type Message = {
  /** The event's id, a UUIDv7. A repeat of an event has the same id, by which consumers recognise the repeat. */
  readonly id: string;
  /** Messages with the same key stay in order. */
  readonly key: string;
  readonly attributes: MessageAttributes;
  /** The data of the event, as JSON text. */
  readonly payload: string;
};

/**
 * The context attributes of CloudEvents 1.0, by their names in that standard: everything that an event carries beside
 * its data. Adapters turn the attributes into the headers of their transport.
 */
export type MessageAttributes = Readonly<Record<string, string>>;
