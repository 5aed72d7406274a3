import { ContainerModule } from 'inversify';
import { BrokerHealth } from '#application/ports/operations/health';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { WebhookBrokerHealth } from './webhook-broker-health.ts';
import { WebhookEventPublisher, type WebhookSettings } from './webhook-event-publisher.ts';

/**
 * Publishes events to a webhook. The publisher and the health of the broker are bound together: otherwise /health would
 * report on a broker to which nothing is published.
 */
export function webhook(settings: WebhookSettings): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(EventPublisher).toConstantValue(new WebhookEventPublisher(settings));
    rebind(BrokerHealth).toConstantValue(new WebhookBrokerHealth(settings));
  });
}
