import type { MikroORM } from '@mikro-orm/postgresql';
import type { RelayWakeUp } from '#application/ports/relay-wake-up';
import type { RequestScope } from '#application/ports/request-scope';
import type { Transaction, UnitOfWork } from '#application/ports/unit-of-work';
import { IdempotencyKeyTable } from './idempotency-key-table.ts';
import { MikroOrmOpportunities } from './mikro-orm-opportunities.ts';
import { OpportunityRows } from './opportunity-rows.ts';
import { OutboxTable } from './outbox-table.ts';
import { connectionOf } from './silent-connections.ts';
import { runStatement } from './run-statement.ts';
import { storageError } from './storage-error.ts';

export class MikroOrmUnitOfWork implements UnitOfWork {
  private readonly orm: MikroORM;
  private readonly rows: OpportunityRows;
  private readonly wakeUp: RelayWakeUp;
  private readonly requests: RequestScope;

  constructor(orm: MikroORM, wakeUp: RelayWakeUp, requests: RequestScope) {
    this.orm = orm;
    this.rows = new OpportunityRows(orm);
    this.wakeUp = wakeUp;
    this.requests = requests;
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      const answer = await this.transaction(work);
      this.wakeUp.nudge();
      return answer;
    } catch (error) {
      throw storageError(error);
    }
  }

  private async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const pool = await this.orm.em.getConnection().getNativeClient();
    const client = await pool.connect();
    try {
      await runStatement(client, { text: 'BEGIN' });
      const outbox = new OutboxTable(client, this.requests);
      const answer = await work({
        opportunities: new MikroOrmOpportunities(client, this.rows),
        outbox,
        idempotencyKeys: new IdempotencyKeyTable(client),
      });
      // Sent together, in one packet: should a row of the outbox be refused, PostgreSQL rolls back instead.
      const { stream } = connectionOf(client);
      stream.cork();
      const sent = [...outbox.write(), runStatement(client, { text: 'COMMIT' })];
      stream.uncork();
      await Promise.all(sent);
      client.release();
      return answer;
    } catch (error) {
      // What cannot be rolled back is closed, and so rolled back by the server.
      client.release(
        await runStatement(client, { text: 'ROLLBACK' }).then(
          () => false,
          () => true,
        ),
      );
      throw error;
    }
  }
}
