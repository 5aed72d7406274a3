import { ContainerModule } from 'inversify';
import { Kafka } from 'kafkajs';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { BrokerHealth } from '#application/ports/operations/health';
import { Logger } from '#application/ports/operations/logger';
import { UserEvents } from '#application/ports/tokens/user-events';
import { KafkaBrokerHealth } from './kafka-broker-health.ts';
import { createKafka, type KafkaSettings } from './kafka-client.ts';
import { KafkaEventPublisher } from './kafka-event-publisher.ts';
import { KafkaUserEvents } from './kafka-user-events.ts';
import { NoBroker } from './no-broker.ts';
import { PlatformaticEventPublisher } from './platformatic-event-publisher.ts';

/** Binds every port that Kafka fulfils: through kafkajs, or for publishing through @platformatic/kafka when the settings say so. */
export function messaging(settings: KafkaSettings | undefined): ContainerModule {
  return new ContainerModule(({ bind }) => {
    if (!settings) {
      bind(EventPublisher).toResolvedValue(() => new NoBroker());
      bind(BrokerHealth).toResolvedValue(() => new NoBroker());
      bind(UserEvents).toResolvedValue(() => new NoBroker());
      return;
    }
    bind(Kafka).toResolvedValue((logger: Logger) => createKafka(settings, logger), [Logger]);
    bind(EventPublisher)
      .toResolvedValue(
        (kafka: Kafka) =>
          settings.client === 'platformatic'
            ? new PlatformaticEventPublisher(settings)
            : new KafkaEventPublisher(kafka, settings.topic),
        [Kafka],
      )
      .inSingletonScope()
      .onDeactivation((publisher) => (publisher as KafkaEventPublisher | PlatformaticEventPublisher).close());
    bind(BrokerHealth)
      .toResolvedValue((kafka: Kafka) => new KafkaBrokerHealth(kafka, settings.topic), [Kafka])
      .inSingletonScope()
      .onDeactivation((health) => (health as KafkaBrokerHealth).close());
    const { userEventsTopic } = settings;
    bind(UserEvents).toResolvedValue(
      (kafka: Kafka, logger: Logger) =>
        userEventsTopic === undefined ? new NoBroker() : new KafkaUserEvents(kafka, userEventsTopic, logger),
      [Kafka, Logger],
    );
  });
}
