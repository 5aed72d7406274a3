import type { Message } from '#application/messages/message';
import { messageBytes, MessageTooLarge, type Outbox } from '#application/ports/outbox/outbox';
import type { Clock } from '#application/ports/system/clock';
import type { RequestScope } from '#application/ports/operations/request-scope';
import type { SqliteDatabase } from '../sqlite-database.ts';

const INSERT = 'INSERT INTO outbox (id, key, attributes, payload, created_at) VALUES (?, ?, ?, ?, ?)';

/** Collects the messages of a block until the block ends. */
export class SqliteOutbox implements Outbox {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly requests: RequestScope;
  private readonly largestMessageBytes: number;
  private readonly appended: Message[] = [];

  constructor(database: SqliteDatabase, clock: Clock, requests: RequestScope, largestMessageBytes: number) {
    this.database = database;
    this.clock = clock;
    this.requests = requests;
    this.largestMessageBytes = largestMessageBytes;
  }

  async append(message: Message): Promise<void> {
    const bytes = messageBytes(message);
    if (bytes > this.largestMessageBytes) throw new MessageTooLarge(bytes, this.largestMessageBytes);
    // Every event carries the trace of its request, so that a consumer can continue it.
    const traceparent = this.requests.current()?.traceparent;
    const attributes = { ...message.attributes, ...(traceparent !== undefined && { traceparent }) };
    this.appended.push({ ...message, attributes });
  }

  /** Writes the messages, inside of the transaction in which the block ends and behind the changes that they describe. */
  apply(): void {
    const now = this.clock.now().getTime();
    for (const { id, key, attributes, payload } of this.appended)
      this.database.run(INSERT, id, key, JSON.stringify(attributes), payload, now);
  }
}
