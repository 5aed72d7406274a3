import { Migration } from '@mikro-orm/migrations';

export class AddChangedIn extends Migration {
  override up(): void {
    // The default is not volatile, so the table is not rewritten: all existing rows get the id of this transaction.
    this.addSql(/* sql */ `
      ALTER TABLE opportunity ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()`);
    // Every UPDATE records its transaction, also one by hand. An INSERT needs no trigger, because the column has a default.
    this.addSql(/* sql */ `
      CREATE FUNCTION opportunity_changed_in() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_in := pg_current_xact_id();
        RETURN NEW;
      END $$`);
    this.addSql(/* sql */ `
      CREATE TRIGGER opportunity_changed_in BEFORE UPDATE ON opportunity
        FOR EACH ROW EXECUTE FUNCTION opportunity_changed_in()`);
    // The change feed reads in this order.
    this.addSql(/* sql */ `CREATE INDEX opportunity_changed ON opportunity (changed_in, id)`);
  }
}
