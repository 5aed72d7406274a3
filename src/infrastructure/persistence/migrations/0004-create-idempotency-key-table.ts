import { Migration } from '@mikro-orm/migrations';

export class CreateIdempotencyKeyTable extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      CREATE TABLE idempotency_key (
        user_id     text         NOT NULL,
        key         text         NOT NULL,
        fingerprint text         NOT NULL,
        answer      text         NOT NULL,
        created_at  timestamptz  NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, key)
      )`);
    // Finds the expired keys for their removal.
    this.addSql(/* sql */ `CREATE INDEX idempotency_key_created ON idempotency_key (created_at)`);
  }
}
