import type { MikroORM } from '@mikro-orm/postgresql';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { TransactionGuard } from './transaction-guard.ts';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { PostgresIdempotencyKeys } from './opportunities/postgres-idempotency-keys.ts';
import { PostgresOpportunityRepository } from './opportunities/postgres-opportunity-repository.ts';
import { OpportunityRows } from './opportunities/opportunity-rows.ts';
import { PostgresOutbox } from './outbox/postgres-outbox.ts';
import { connectionOf, runStatement } from './connections/node-postgres.ts';
import { storageError } from './connections/storage-error.ts';

const ROLLED_BACK =
  'PostgreSQL has rolled the transaction back, although it was asked to commit: a statement of it had failed.';

export class PostgresUnitOfWork implements UnitOfWork {
  private readonly orm: MikroORM;
  private readonly rows: OpportunityRows;
  private readonly wakeUp: RelayWakeUp;
  private readonly requests: RequestScope;
  private readonly largestMessageBytes: number;

  constructor(orm: MikroORM, wakeUp: RelayWakeUp, requests: RequestScope, largestMessageBytes: number) {
    this.orm = orm;
    this.rows = new OpportunityRows(orm);
    this.wakeUp = wakeUp;
    this.requests = requests;
    this.largestMessageBytes = largestMessageBytes;
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await this.transaction(work);
      this.wakeUp.nudge();
      return result;
    } catch (error) {
      throw storageError(error);
    }
  }

  private async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const pool = await this.orm.em.getConnection().getNativeClient();
    const client = await pool.connect();
    try {
      await runStatement(client, { text: 'BEGIN' });
      const outbox = new PostgresOutbox(client, this.requests, this.largestMessageBytes);
      const guard = new TransactionGuard({
        opportunities: new PostgresOpportunityRepository(client, this.rows),
        outbox,
        idempotencyKeys: new PostgresIdempotencyKeys(client),
      });
      const result = await guard.run(work);
      // Outbox rows and COMMIT leave in one packet. If PostgreSQL refuses a row, it turns the COMMIT into a rollback.
      const { stream } = connectionOf(client);
      stream.cork();
      const written = outbox.write();
      const committed = runStatement(client, { text: 'COMMIT' });
      stream.uncork();
      await Promise.all([...written, committed]);
      // PostgreSQL does not refuse the COMMIT of a transaction in which a statement has failed. It says ROLLBACK instead.
      if ((await committed).command !== 'COMMIT') throw new Error(ROLLED_BACK);
      client.release();
      return result;
    } catch (error) {
      // A connection that cannot roll back is closed, so that the server rolls back.
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
