import type { Message } from '../../messages/message.ts';
import type { BatchLimit } from './outbox-queue.ts';

/** Publishes messages to downstream services. */
export abstract class EventPublisher {
  /** How much one call of publish() takes at most. */
  abstract readonly batchLimit: BatchLimit;

  /** Bytes that one message may have, as messageBytes() counts them. A larger one must not enter the outbox. */
  abstract readonly largestMessageBytes: number;

  /**
   * Publishes messages in the given order per key. Resolves when every replica in sync has all of them.
   * @throws BrokerUnavailable when some of them may have been published, and all should be published again.
   * @throws MessagesRefused when the broker will never accept at least one of them. The others may have been published.
   */
  abstract publish(messages: readonly Message[]): Promise<void>;
}

/** The broker cannot be reached, is electing a leader, or lacks the topic. The messages are fine: try again later. */
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
