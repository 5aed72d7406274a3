import { Migration } from '@mikro-orm/migrations';

export class MarkFreedKeys extends Migration {
  override up(): void {
    // The time at which nothing holds the oldest row of a key back any more. A relay then moves the key's rows back, some at
    // a time, and finds them by an index, however many other keys are parked.
    this.addSql(/* sql */ `ALTER TABLE outbox_parked ADD COLUMN freed_at timestamptz`);
    this.addSql(/* sql */ `
      UPDATE outbox_parked AS head SET freed_at = clock_timestamp()
      WHERE refusal IS NULL
        AND NOT EXISTS (SELECT FROM outbox_parked AS each WHERE each.key = head.key AND each.position < head.position)`);
    this.addSql(/* sql */ `
      CREATE INDEX outbox_parked_freed ON outbox_parked (bucket, position) WHERE freed_at IS NOT NULL`);
    this.addSql(
      /* sql */ `CREATE INDEX outbox_parked_refused ON outbox_parked (key, position) WHERE refusal IS NOT NULL`,
    );
    // Triggers, so that a row which an operator changes by hand is found as well.
    this.addSql(/* sql */ `
      CREATE FUNCTION outbox_parked_retried() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.freed_at := CASE WHEN NEW.refusal IS NULL THEN clock_timestamp() END;
        RETURN NEW;
      END $$`);
    this.addSql(/* sql */ `
      CREATE TRIGGER outbox_parked_retried BEFORE UPDATE OF refusal ON outbox_parked FOR EACH ROW
      WHEN ((OLD.refusal IS NULL) <> (NEW.refusal IS NULL)) EXECUTE FUNCTION outbox_parked_retried()`);
    this.addSql(/* sql */ `
      CREATE FUNCTION outbox_parked_discarded() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE outbox_parked SET freed_at = clock_timestamp()
        WHERE refusal IS NULL AND position = (
          SELECT min(position) FROM outbox_parked AS each WHERE each.key = OLD.key
        );
        RETURN NULL;
      END $$`);
    this.addSql(/* sql */ `
      CREATE TRIGGER outbox_parked_discarded AFTER DELETE ON outbox_parked FOR EACH ROW
      WHEN (OLD.refusal IS NOT NULL) EXECUTE FUNCTION outbox_parked_discarded()`);
  }
}
