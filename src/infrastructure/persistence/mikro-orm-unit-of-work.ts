import type { MikroORM } from '@mikro-orm/postgresql';
import type { RelayWakeUp } from '#application/ports/relay-wake-up';
import type { RequestScope } from '#application/ports/request-scope';
import type { Transaction, UnitOfWork } from '#application/ports/unit-of-work';
import { IdempotencyKeyTable } from './idempotency-key-table.ts';
import { MikroOrmOpportunities } from './mikro-orm-opportunities.ts';
import { OutboxTable } from './outbox-table.ts';
import { storageError } from './storage-error.ts';

export class MikroOrmUnitOfWork implements UnitOfWork {
  private readonly orm: MikroORM;
  private readonly wakeUp: RelayWakeUp;
  private readonly requests: RequestScope;

  constructor(orm: MikroORM, wakeUp: RelayWakeUp, requests: RequestScope) {
    this.orm = orm;
    this.wakeUp = wakeUp;
    this.requests = requests;
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await this.orm.em.fork().transactional(async (em) => {
        const answer = await work({
          opportunities: new MikroOrmOpportunities(em),
          outbox: new OutboxTable(em, this.requests),
          idempotencyKeys: new IdempotencyKeyTable(em),
        });
        // The commit would flush what the block changed and did not save, after the outbox row that must come last.
        em.clear();
        return answer;
      });
      this.wakeUp.nudge();
      return result;
    } catch (error) {
      throw storageError(error);
    }
  }
}
