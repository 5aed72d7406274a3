import { Migration } from '@mikro-orm/migrations';

export class VacuumPublishedEventsSooner extends Migration {
  override up(): void {
    // A day of events is a large table, of which one hour is removed at a time. With the default, a fifth of the table,
    // PostgreSQL would reuse the space only after five hours.
    this.addSql(/* sql */ `
      ALTER TABLE outbox_published SET (
        autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 10000
      )`);
  }
}
