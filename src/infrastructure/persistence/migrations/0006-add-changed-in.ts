import { Migration } from '@mikro-orm/migrations';

export class AddChangedIn extends Migration {
  override up(): void {
    // The default is not volatile, so the table is not rewritten: all rows that are there say "this transaction".
    this.addSql(/* sql */ `
      ALTER TABLE opportunity ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()`);
    // Whoever changes a row, by hand too, changes when it changed. An INSERT needs no trigger: it has the default.
    this.addSql(/* sql */ `
      CREATE FUNCTION opportunity_changed_in() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_in := pg_current_xact_id();
        RETURN NEW;
      END $$`);
    this.addSql(/* sql */ `
      CREATE TRIGGER opportunity_changed_in BEFORE UPDATE ON opportunity
        FOR EACH ROW EXECUTE FUNCTION opportunity_changed_in()`);
    // For the change feed.
    this.addSql(/* sql */ `CREATE INDEX opportunity_changed ON opportunity (changed_in, id)`);
  }
}
