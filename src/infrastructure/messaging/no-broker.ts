import { BrokerUnavailable, type EventPublisher } from '#application/ports/event-publisher';
import type { BrokerHealth, BrokerState } from '#application/ports/health';

/** In place of Kafka where none is configured: events wait in the outbox. */
export class NoBroker implements EventPublisher, BrokerHealth {
  async publish(): Promise<void> {
    throw new BrokerUnavailable('KAFKA_BROKERS is not set.');
  }

  async state(): Promise<BrokerState> {
    return 'not configured';
  }
}
