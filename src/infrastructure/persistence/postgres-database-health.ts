import type { MikroORM } from '@mikro-orm/postgresql';
import type { DatabaseHealth } from '#application/ports/health';

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
