import { Container, ContainerModule, type ServiceIdentifier } from 'inversify';
import type { Part } from './stopping.ts';

/**
 * A container whose adapters can be closed one by one. Inversify 8.2.3 closes all of them together and rejects with the
 * first failure, while others are still closing. It also drops the promise of a deactivation that a module registers
 * for a token.
 */
export class ClosingContainer extends Container {
  private readonly tokens = new Set<ServiceIdentifier>();
  /** Promises that Inversify drops, by token. */
  private readonly dropped = new Map<ServiceIdentifier, Promise<unknown>[]>();

  override load(...modules: ContainerModule[]): void {
    super.load(...modules.map((module) => this.recorded(module)));
  }

  /** Everything that was bound. Stopping a part runs the deactivations of its token, if its instance was ever built. */
  parts(): Part[] {
    return [...this.tokens].map((token) => ({ name: nameOf(token), stop: () => this.close(token) }));
  }

  private async close(token: ServiceIdentifier): Promise<void> {
    await this.unbindAsync(token);
    await Promise.all(this.dropped.get(token) ?? []);
  }

  /** The same module, which also tells this container what it binds and what it closes. */
  private recorded(module: ContainerModule): ContainerModule {
    return new ContainerModule((options) =>
      module.load({
        ...options,
        bind: (token) => {
          this.tokens.add(token);
          return options.bind(token);
        },
        rebind: (token) => {
          this.tokens.add(token);
          return options.rebind(token);
        },
        onDeactivation: (token, deactivate) => {
          options.onDeactivation(token, (instance) => {
            const closing = deactivate(instance);
            if (closing instanceof Promise) this.waitFor(token, closing);
            return closing;
          });
        },
      }),
    );
  }

  private waitFor(token: ServiceIdentifier, closing: Promise<unknown>): void {
    // Marks a rejection as handled, so that Node does not end the process before close() awaits it.
    closing.catch(() => undefined);
    this.dropped.set(token, [...(this.dropped.get(token) ?? []), closing]);
  }
}

function nameOf(token: ServiceIdentifier): string {
  return typeof token === 'function' ? token.name : String(token);
}
