import type { MikroORM } from '@mikro-orm/postgresql';
import type { DatabaseHealth, OutboxBacklog, OutboxHealth } from '#application/ports/operations/health';
import { PARKED_HEADS } from '../outbox/outbox-tables.ts';

export class PostgresDatabaseHealth implements DatabaseHealth {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async check(): Promise<void> {
    const [row] = await this.orm.em
      .getConnection()
      .execute<{ readOnly: string }[]>(`SELECT current_setting('transaction_read_only') AS "readOnly"`);
    if (row?.readOnly !== 'off') throw new Error('The database takes no writes.');
  }
}

const BACKLOG = `
  ${PARKED_HEADS}
  SELECT
    (SELECT count(*)::int FROM (SELECT 1 FROM outbox LIMIT 10000) AS waiting) AS "waiting",
    coalesce((
      SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY position LIMIT 1
    ), 0) AS "oldestSeconds",
    (SELECT count(*)::int FROM (SELECT FROM head LIMIT 10000) AS parked) AS "parkedKeys"`;

export class PostgresOutboxHealth implements OutboxHealth {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async backlog(): Promise<OutboxBacklog> {
    return this.orm.em.getConnection().execute<OutboxBacklog>(BACKLOG, [], 'get');
  }
}
