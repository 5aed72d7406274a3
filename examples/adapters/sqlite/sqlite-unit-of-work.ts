import { TransactionGuard } from '#infrastructure/persistence/transaction-guard';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { Clock } from '#application/ports/system/clock';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { SqliteIdempotencyKeys } from './opportunities/sqlite-idempotency-keys.ts';
import { SqliteOpportunityRepository } from './opportunities/sqlite-opportunity-repository.ts';
import { SqliteOutbox } from './outbox/sqlite-outbox.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/**
 * SQLite has one write lock. A block that held it across an await would stop every other block, so a block only collects
 * its writes. They are written in one short transaction when it ends, which checks that nobody has changed the same
 * opportunities since they were read.
 */
export class SqliteUnitOfWork implements UnitOfWork {
  private readonly database: SqliteDatabase;
  private readonly wakeUp: RelayWakeUp;
  private readonly clock: Clock;
  private readonly requests: RequestScope;
  private readonly largestMessageBytes: number;
  private readonly heldKeys = new Set<string>();

  constructor(
    database: SqliteDatabase,
    wakeUp: RelayWakeUp,
    clock: Clock,
    requests: RequestScope,
    largestMessageBytes: number,
  ) {
    this.database = database;
    this.wakeUp = wakeUp;
    this.clock = clock;
    this.requests = requests;
    this.largestMessageBytes = largestMessageBytes;
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    // A block must not begin, and perhaps call others, when its end is sure to fail.
    this.database.get('SELECT 1');
    const opportunities = new SqliteOpportunityRepository(this.database);
    const outbox = new SqliteOutbox(this.database, this.clock, this.requests, this.largestMessageBytes);
    const idempotencyKeys = new SqliteIdempotencyKeys(this.database, this.clock, this.heldKeys);
    try {
      const result = await new TransactionGuard({ opportunities, outbox, idempotencyKeys }).run(work);
      this.database.transaction(() => {
        opportunities.apply();
        idempotencyKeys.apply();
        outbox.apply();
      });
      this.wakeUp.nudge();
      return result;
    } finally {
      idempotencyKeys.release();
    }
  }
}
