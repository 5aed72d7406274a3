import { BrokerUnavailable, type EventPublisher } from '#application/ports/outbox/event-publisher';
import type { BrokerHealth, BrokerState } from '#application/ports/operations/health';
import type { UserEvents } from '#application/ports/tokens/user-events';
import { BATCH_LIMIT, LARGEST_MESSAGE_BYTES } from './kafka-client.ts';

/** In place of Kafka where none is configured: events wait in the outbox, and nobody tells of users. */
export class NoBroker implements EventPublisher, BrokerHealth, UserEvents {
  // The events of now are published when a broker is configured.
  readonly batchLimit = BATCH_LIMIT;
  readonly largestMessageBytes = LARGEST_MESSAGE_BYTES;

  async publish(): Promise<void> {
    throw new BrokerUnavailable('KAFKA_BROKERS is not set.');
  }

  async state(): Promise<BrokerState> {
    return 'not configured';
  }

  async partitions(): Promise<undefined> {
    // There is no topic.
  }

  async read(): Promise<void> {
    // There is no source.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
