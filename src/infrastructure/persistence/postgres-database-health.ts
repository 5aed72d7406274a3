import type { MikroORM } from '@mikro-orm/postgresql';
import type { DatabaseHealth } from '#application/ports/health';

export class PostgresDatabaseHealth implements DatabaseHealth {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async check(): Promise<void> {
    await this.orm.em.getConnection().execute('SELECT 1');
  }
}
