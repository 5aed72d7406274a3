import { ContainerModule } from 'inversify';
import { BrokerUnavailable } from '#application/ports/event-publisher';
import { type UserEvent, UserEvents } from '#application/ports/user-events';

/** A topic with one partition, and what was committed of it. */
export class InMemoryUserEvents implements UserEvents {
  readonly sent: UserEvent[] = [];
  /** When true, nothing answers. */
  away = false;
  committed = 0;
  private closed = false;
  private more = Promise.withResolvers<undefined>();

  send(event: UserEvent): void {
    this.sent.push(event);
    this.look();
  }

  /** Lets a reader that waits see how things are. */
  look(): void {
    this.more.resolve(undefined);
    this.more = Promise.withResolvers<undefined>();
  }

  async read(handle: (event: UserEvent) => Promise<void>): Promise<void> {
    while (!this.closed) {
      if (this.away) throw new BrokerUnavailable('The topic does not answer.');
      const next = this.sent[this.committed];
      if (!next) {
        await this.more.promise;
        continue;
      }
      await handle(next);
      this.committed += 1;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.look();
  }
}

export function inMemoryUserEvents(events: InMemoryUserEvents): ContainerModule {
  return new ContainerModule(({ rebind }) => {
    rebind(UserEvents).toConstantValue(events);
  });
}
