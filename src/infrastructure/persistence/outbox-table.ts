import type { EntityManager } from '@mikro-orm/postgresql';
import type { Message } from '#application/messages/message';
import { LARGEST_MESSAGE_BYTES, messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox';
import type { RequestScope } from '#application/ports/request-scope';
import { bucketOf } from './outbox-bucket.ts';

/**
 * The outbox inside a transaction. A row is written by its own statement, not as an entity: MikroORM sends inserts
 * before updates, and the position would be drawn before the aggregate's row is locked.
 */
export class OutboxTable implements Outbox {
  private readonly em: EntityManager;
  private readonly requests: RequestScope;

  constructor(em: EntityManager, requests: RequestScope) {
    this.em = em;
    this.requests = requests;
  }

  async append(message: Message): Promise<void> {
    const bytes = messageBytes(message);
    if (bytes > LARGEST_MESSAGE_BYTES) throw new MessageTooLarge(bytes);

    const traceparent = this.requests.current()?.traceparent;
    const headers = JSON.stringify({ ...message.headers, ...(traceparent && { traceparent }) });
    await this.em
      .getConnection()
      .execute(
        'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES (?, ?, ?, ?, ?)',
        [bucketOf(message.key), message.id, message.key, headers, message.payload],
        'run',
        this.em.getTransactionContext(),
      );
  }
}
