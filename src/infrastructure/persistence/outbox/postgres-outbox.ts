import type { PoolClient } from 'pg';
import type { Message } from '#application/messages/message';
import { LARGEST_MESSAGE_BYTES, messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox/outbox';
import type { RequestScope } from '#application/ports/system/request-scope';
import { bucketOf } from './outbox-tables.ts';
import { runStatement } from '../connections/node-postgres.ts';

/** The outbox inside a transaction: what is appended is written at its end, after everything else. */
export class PostgresOutbox implements Outbox {
  private readonly client: PoolClient;
  private readonly requests: RequestScope;
  private readonly appended: Message[] = [];

  constructor(client: PoolClient, requests: RequestScope) {
    this.client = client;
    this.requests = requests;
  }

  async append(message: Message): Promise<void> {
    const bytes = messageBytes(message);
    if (bytes > LARGEST_MESSAGE_BYTES) throw new MessageTooLarge(bytes);
    this.appended.push(message);
  }

  /** Sends a statement for each message, in the order of their appending, and waits for none. */
  write(): Promise<unknown>[] {
    const traceparent = this.requests.current()?.traceparent;
    return this.appended.map(({ id, key, headers, payload }) =>
      runStatement(this.client, {
        name: 'write event',
        text: 'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, $4, $5)',
        values: [bucketOf(key), id, key, JSON.stringify({ ...headers, ...(traceparent && { traceparent }) }), payload],
      }),
    );
  }
}
