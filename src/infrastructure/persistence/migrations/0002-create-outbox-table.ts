import { Migration } from '@mikro-orm/migrations';

export class CreateOutboxTable extends Migration {
  override up(): void {
    // CACHE 1: a session that caches numbers would hand out old ones after another session's newer ones, and positions
    // would no longer follow the order of commits within a key.
    this.addSql(/* sql */ `
      CREATE TABLE outbox (
        position   bigint       GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
        bucket     smallint     NOT NULL,
        id         uuid         NOT NULL,
        key        text         NOT NULL,
        headers    jsonb        NOT NULL,
        payload    text         NOT NULL,
        created_at timestamptz  NOT NULL DEFAULT clock_timestamp()
      )`);
    // Rows live for milliseconds, so the vacuum starts at a number of dead rows, not at a share of a nearly empty table.
    this.addSql(/* sql */ `
      ALTER TABLE outbox SET (
        autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 10000,
        autovacuum_vacuum_cost_delay = 0
      )`);
  }
}
