import type { PoolClient } from 'pg';
import type { Message } from '#application/messages/message';
import { messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox/outbox';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { bucketOf } from './outbox-tables.ts';
import { storedHeaders } from './stored-headers.ts';
import { runStatement } from '../connections/node-postgres.ts';

/** The outbox inside a transaction: appended messages are written at the end of the transaction, after everything else. */
export class PostgresOutbox implements Outbox {
  private readonly client: PoolClient;
  private readonly requests: RequestScope;
  private readonly largestMessageBytes: number;
  /** The values of one row for each message. */
  private readonly appended: unknown[][] = [];

  constructor(client: PoolClient, requests: RequestScope, largestMessageBytes: number) {
    this.client = client;
    this.requests = requests;
    this.largestMessageBytes = largestMessageBytes;
  }

  async append(message: Message): Promise<void> {
    const bytes = messageBytes(message);
    if (bytes > this.largestMessageBytes) throw new MessageTooLarge(bytes, this.largestMessageBytes);
    const { id, key, attributes, payload } = message;
    const traceparent = this.requests.current()?.traceparent;
    const headers = storedHeaders({ ...attributes, ...(traceparent && { traceparent }) });
    this.appended.push([bucketOf(key), id, key, JSON.stringify(headers), payload]);
  }

  /** Sends a statement for each message, in the order in which they were appended, and waits for none of them. */
  write(): Promise<unknown>[] {
    return this.appended.map((values) =>
      runStatement(this.client, {
        name: 'write event',
        text: 'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, $4, $5)',
        values,
      }),
    );
  }
}
