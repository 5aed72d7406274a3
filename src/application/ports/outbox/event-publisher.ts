import type { Message } from '../../messages/message.ts';

/** The way out to downstream services. */
export abstract class EventPublisher {
  /**
   * Publishes messages in the given order per key, and resolves when every replica in sync has all of them.
   * @throws BrokerUnavailable when any of them may have been published, and all should be published again.
   * @throws MessagesRefused when the broker will never take at least one of them. The others may have been published.
   */
  abstract publish(messages: readonly Message[]): Promise<void>;
}

/** The broker is away, electing a leader, or lacks the topic. It says nothing about the messages: try again later. */
export class BrokerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerUnavailable';
  }
}

/** It is about the messages: the same ones will be refused again. */
export class MessagesRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MessagesRefused';
  }
}
