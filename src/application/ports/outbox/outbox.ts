import type { Message } from '../../messages/message.ts';
import { ApplicationError } from '../application-error.ts';

/** Bytes of key, headers and payload together. Kafka's default limit for a record batch is 1,048,588 bytes. */
export const LARGEST_MESSAGE_BYTES = 900_000;

/** Where events wait for the relay; committed with the change that they tell of. */
export abstract class Outbox {
  /**
   * Appends an event. It must come after the aggregate's own write: its position is drawn now, and only while the
   * aggregate's row is locked do positions follow the order of commits.
   * @throws MessageTooLarge when it would not fit on the topic.
   */
  abstract append(message: Message): Promise<void>;
}

/** The event of this change would be refused by the broker, so the change is refused. */
export class MessageTooLarge extends ApplicationError {
  readonly code = 'event_too_large';

  constructor(bytes: number) {
    super(`The event of this change has ${bytes} bytes; at most ${LARGEST_MESSAGE_BYTES} can be published.`);
  }
}

export function messageBytes(message: Message): number {
  const parts = [message.key, message.payload, ...Object.entries(message.headers).flat()];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}
