import { Migration } from '@mikro-orm/migrations';

export class CreateRateLimitTable extends Migration {
  override up(): void {
    // rate-limiter-flexible writes to these columns, in this order. Counts of the last minute need no write-ahead log:
    // after a crash of the database the table is empty, and counting begins anew. Free space on each page keeps the
    // updates of a row on the same page, where they need no vacuum.
    this.addSql(/* sql */ `
      CREATE UNLOGGED TABLE rate_limit (
        key    text    PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      ) WITH (fillfactor = 50)`);
  }
}
