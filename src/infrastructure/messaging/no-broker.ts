import { BrokerUnavailable, type EventPublisher } from '#application/ports/outbox/event-publisher';
import type { BrokerHealth, BrokerState } from '#application/ports/operations/health';
import type { UserEvents } from '#application/ports/tokens/user-events';
import { BATCH_LIMIT, LARGEST_MESSAGE_BYTES } from './message-limits.ts';

/** Takes Kafka's place where none is configured: messages wait in the outbox, and no user events arrive. */
export class NoBroker implements EventPublisher, BrokerHealth, UserEvents {
  // The waiting messages will be published when a broker is configured, so Kafka's limits hold for them, too.
  readonly batchLimit = BATCH_LIMIT;
  readonly largestMessageBytes = LARGEST_MESSAGE_BYTES;

  async probe(): Promise<void> {
    throw new BrokerUnavailable('KAFKA_BROKERS is not set.');
  }

  async publish(): Promise<void> {
    throw new BrokerUnavailable('KAFKA_BROKERS is not set.');
  }

  async state(): Promise<BrokerState> {
    return 'not configured';
  }

  async shards(): Promise<undefined> {
    // Without a broker there is no topic.
  }

  async read(): Promise<void> {
    // Without a broker no events arrive.
  }

  async close(): Promise<void> {
    // This adapter holds nothing open.
  }
}
