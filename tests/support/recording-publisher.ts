import { ContainerModule } from 'inversify';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable, EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { BrokerHealth, type BrokerState } from '#application/ports/operations/health';

/** A broker in memory that can be away. */
export class RecordingPublisher implements EventPublisher, BrokerHealth {
  readonly published: Message[] = [];
  away = false;
  /** What is never taken. */
  readonly refused = new Set<string>();

  async publish(messages: readonly Message[]): Promise<void> {
    if (this.away) throw new BrokerUnavailable('The broker is away.');
    if (messages.some(({ id }) => this.refused.has(id))) throw new MessagesRefused('The broker refuses them.');
    this.published.push(...messages);
  }

  async state(): Promise<BrokerState> {
    return this.away ? 'down' : 'up';
  }

  async partitions(): Promise<number | undefined> {
    return this.away ? undefined : 6;
  }
}

export function recordingPublisher(publisher = new RecordingPublisher()): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(EventPublisher).toConstantValue(publisher);
    rebind(BrokerHealth).toConstantValue(publisher);
  });
}
