import type { MikroORM } from '@mikro-orm/postgresql';
import type { OutboxBacklog, OutboxHealth } from '#application/ports/health';

const BACKLOG = `
  SELECT
    (SELECT count(*)::int FROM (SELECT 1 FROM outbox LIMIT 10000) AS waiting) AS "waiting",
    coalesce((
      SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY position LIMIT 1
    ), 0) AS "oldestSeconds"`;

export class PostgresOutboxHealth implements OutboxHealth {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async backlog(): Promise<OutboxBacklog> {
    return this.orm.em.getConnection().execute<OutboxBacklog>(BACKLOG, [], 'get');
  }
}
