import type { Message } from '../../messages/message.ts';
import type { BatchLimit } from './outbox-queue.ts';

/** Publishes messages to downstream services. */
export abstract class EventPublisher {
  /** The largest batch that one call of publish() accepts. A single message may exceed the bytes. */
  abstract readonly batchLimit: BatchLimit;

  /**
   * The largest size of a message in bytes, as messageBytes() counts them. A larger message must not enter the outbox.
   */
  abstract readonly largestMessageBytes: number;

  /**
   * Publishes messages, those of one key in the given order. It resolves when the broker has acknowledged all of them, so
   * that they survive the loss of one broker. A message that is given twice is published twice.
   * @throws BrokerUnavailable when some of the messages may have been published, and all of them should be published
   *   again.
   * @throws MessagesRefused when the broker will never accept at least one of the messages. The others may have been
   *   published.
   */
  abstract publish(messages: readonly Message[]): Promise<void>;
}

/**
 * The broker cannot be reached, is electing a leader, or lacks the topic. The messages are valid, so a later attempt
 * may succeed.
 */
export class BrokerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerUnavailable';
  }
}

/** The broker refuses the messages themselves, and would refuse them again. */
export class MessagesRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MessagesRefused';
  }
}
