import { ContainerModule } from 'inversify';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { Logger } from '#application/ports/operations/logger';
import { RecordingLogger } from '../system/recording-logger.ts';
import { type UserEvent, UserEvents } from '#application/ports/tokens/user-events';

/** A topic with one partition, which remembers how far it has been read. */
export class UserTopic {
  readonly sent: (UserEvent | 'malformed')[] = [];
  /** True while the broker is away. */
  away = false;
  committed = 0;
  more = Promise.withResolvers<undefined>();

  send(event: UserEvent | 'malformed'): void {
    this.sent.push(event);
    this.look();
  }

  /** Wakes up a waiting reader. */
  look(): void {
    this.more.resolve(undefined);
    this.more = Promise.withResolvers<undefined>();
  }
}

/** Reads a topic as its only reader. */
export class InMemoryUserEvents implements UserEvents {
  private readonly topic: UserTopic;
  private readonly logger: Logger;
  private closed = false;
  private reading: Promise<void> | undefined;

  constructor(topic: UserTopic, logger: Logger = new RecordingLogger()) {
    this.topic = topic;
    this.logger = logger;
  }

  read(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    this.reading = this.run(handle);
    return this.reading;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.topic.look();
    await this.reading?.catch(() => undefined);
  }

  private async run(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    while (!this.closed) {
      if (this.topic.away) throw new BrokerUnavailable('The broker does not reply.');
      const next = this.topic.sent[this.topic.committed];
      if (!next) {
        await this.topic.more.promise;
        continue;
      }
      if (next === 'malformed') this.logger.warn({}, 'a malformed event was skipped');
      else await handle(next);
      this.topic.committed += 1;
    }
  }
}

export function inMemoryUserEvents(topic: UserTopic): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(UserEvents).toConstantValue(new InMemoryUserEvents(topic));
  });
}
