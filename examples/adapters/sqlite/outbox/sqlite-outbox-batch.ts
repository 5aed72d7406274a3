import { StorageUnavailable } from '#application/ports/application-error';
import type { OutboxBatch, QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { RelaySession } from './relay-session.ts';

export class SqliteOutboxBatch implements OutboxBatch {
  readonly messages: readonly QueuedMessage[];
  /** The session in which the messages were fetched; undefined when another relay owns the outbox. */
  private readonly session: RelaySession | undefined;

  constructor(messages: readonly QueuedMessage[], session: RelaySession | undefined) {
    this.messages = messages;
    this.session = session;
  }

  holds(): boolean {
    return this.session?.holds(this.messages) ?? true;
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    this.orLose(() => this.session?.acknowledge(messages));
  }

  putBack(messages: readonly QueuedMessage[]): void {
    try {
      this.session?.putBack(messages);
    } catch (error) {
      // The next fetch reports that the storage is away.
      if (!(error instanceof StorageUnavailable)) throw error;
    }
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    this.orLose(() => this.session?.park(message, refusal));
  }

  /** When the storage fails, nobody knows what was written, so the next fetch begins anew. */
  private orLose(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof StorageUnavailable) this.session?.lose();
      throw error;
    }
  }
}
