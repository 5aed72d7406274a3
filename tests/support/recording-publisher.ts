import { ContainerModule } from 'inversify';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable, EventPublisher } from '#application/ports/event-publisher';
import { BrokerHealth, type BrokerState } from '#application/ports/health';

/** A broker in memory that can be away. */
export class RecordingPublisher implements EventPublisher, BrokerHealth {
  readonly published: Message[] = [];
  away = false;

  async publish(messages: readonly Message[]): Promise<void> {
    if (this.away) throw new BrokerUnavailable('The broker is away.');
    this.published.push(...messages);
  }

  async state(): Promise<BrokerState> {
    return this.away ? 'down' : 'up';
  }
}

export function recordingPublisher(publisher = new RecordingPublisher()): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(EventPublisher).toConstantValue(publisher);
    rebind(BrokerHealth).toConstantValue(publisher);
  });
}
