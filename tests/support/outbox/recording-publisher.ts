import { ContainerModule } from 'inversify';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable, EventPublisher, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { BrokerHealth, type BrokerState } from '#application/ports/operations/health';

/** A broker in memory. A test can take it away, and let it refuse messages. */
export class RecordingPublisher implements EventPublisher, BrokerHealth {
  readonly batchLimit = { messages: 500, bytes: 900_000 };
  readonly largestMessageBytes = 900_000;
  readonly published: Message[] = [];
  away = false;
  partitions = 6;
  /** Ids of messages that the broker refuses. */
  readonly refused = new Set<string>();

  async probe(): Promise<void> {
    if (this.away) throw new BrokerUnavailable('The broker does not reply.');
  }

  async publish(messages: readonly Message[]): Promise<void> {
    // A caller who forgets to await goes on before anything is published.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.away) throw new BrokerUnavailable('The broker is away.');
    if (messages.some(({ id }) => this.refused.has(id))) throw new MessagesRefused('The broker refuses them.');
    this.published.push(...structuredClone(messages));
  }

  async state(): Promise<BrokerState> {
    return this.away ? 'down' : 'up';
  }

  async shards(): Promise<number | undefined> {
    return this.away ? undefined : this.partitions;
  }
}

export function recordingPublisher(publisher = new RecordingPublisher()): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(EventPublisher).toConstantValue(publisher);
    rebind(BrokerHealth).toConstantValue(publisher);
  });
}
