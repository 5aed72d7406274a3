import { Migration } from '@mikro-orm/migrations';

export class CreateTokenRevocationTable extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      CREATE TABLE token_revocation (
        user_id     text            PRIMARY KEY,
        valid_after timestamptz(3)  NOT NULL,
        reason      text,
        recorded_at timestamptz     NOT NULL DEFAULT now(),
        changed_in  xid8            NOT NULL DEFAULT pg_current_xact_id()
      )`);
    // Every UPDATE records its transaction, also one by hand. An INSERT needs no trigger, because the column has a default.
    this.addSql(/* sql */ `
      CREATE FUNCTION token_revocation_changed_in() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_in := pg_current_xact_id();
        RETURN NEW;
      END $$`);
    this.addSql(/* sql */ `
      CREATE TRIGGER token_revocation_changed_in BEFORE UPDATE ON token_revocation
        FOR EACH ROW EXECUTE FUNCTION token_revocation_changed_in()`);
    // The caches in memory ask every second for changes through this index.
    this.addSql(/* sql */ `CREATE INDEX token_revocation_changed ON token_revocation (changed_in)`);
    // Finds revocations that concern no unexpired token any more, for their removal.
    this.addSql(/* sql */ `CREATE INDEX token_revocation_valid_after ON token_revocation (valid_after)`);
  }
}
