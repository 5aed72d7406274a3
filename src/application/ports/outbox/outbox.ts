import type { Message } from '../../messages/message.ts';
import { ApplicationError } from '../application-error.ts';

/** The table in which messages wait for the relay. They are committed together with the change that they describe. */
export abstract class Outbox {
  /**
   * Appends a message as it is now, behind the messages that this transaction has appended before. It must come after the
   * aggregate's own write: outbox positions follow the order of commits only when they are drawn while the aggregate's row
   * is locked. A message without a write is possible.
   * @throws MessageTooLarge when the message has more bytes than the publisher can take.
   */
  abstract append(message: Message): Promise<void>;
}

/** The broker would refuse the event of this change, so the change is refused. */
export class MessageTooLarge extends ApplicationError {
  readonly code = 'event_too_large';

  constructor(bytes: number, largest: number) {
    super(`The event of this change has ${bytes} bytes; at most ${largest} can be published.`);
  }
}

/** Bytes of the key, the attributes with their names, and the payload together. */
export function messageBytes(message: Message): number {
  const parts = [message.key, message.payload, ...Object.entries(message.attributes).flat()];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}
