import { Migration } from '@mikro-orm/migrations';

export class CreateOutboxCompanions extends Migration {
  override up(): void {
    // Messages that Kafka refused, and those that wait behind them. A key is parked while its oldest row has a refusal.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_parked (
        position   bigint       PRIMARY KEY,
        bucket     smallint     NOT NULL,
        id         uuid         NOT NULL,
        key        text         NOT NULL,
        headers    jsonb        NOT NULL,
        payload    text         NOT NULL,
        created_at timestamptz  NOT NULL,
        refusal    text,
        parked_at  timestamptz  NOT NULL DEFAULT clock_timestamp()
      )`);
    this.addSql(/* sql */ `CREATE INDEX outbox_parked_key ON outbox_parked (key, position)`);
    // Messages that an operator discarded, with the reason. Nothing removes them.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_discarded (
        position     bigint       PRIMARY KEY,
        bucket       smallint     NOT NULL,
        id           uuid         NOT NULL,
        key          text         NOT NULL,
        headers      jsonb        NOT NULL,
        payload      text         NOT NULL,
        created_at   timestamptz  NOT NULL,
        refusal      text,
        parked_at    timestamptz  NOT NULL,
        reason       text         NOT NULL,
        discarded_at timestamptz  NOT NULL DEFAULT clock_timestamp()
      )`);
    // Published messages, while they are retained.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_published (
        position     bigint       NOT NULL,
        bucket       smallint     NOT NULL,
        id           uuid         NOT NULL,
        key          text         NOT NULL,
        headers      jsonb        NOT NULL,
        payload      text         NOT NULL,
        created_at   timestamptz  NOT NULL,
        published_at timestamptz  NOT NULL
      ) WITH (autovacuum_vacuum_cost_delay = 0)`);
    this.addSql(/* sql */ `CREATE INDEX outbox_published_at ON outbox_published (published_at, position)`);
    // The owner of each bucket, how many owners have ended since a message of it was published, and the suspected message.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_bucket (
        bucket          smallint  PRIMARY KEY,
        owner           text,
        crashes         int       NOT NULL DEFAULT 0,
        suspect         bigint,
        suspect_crashes int       NOT NULL DEFAULT 0
      )`);
    this.addSql(/* sql */ `INSERT INTO outbox_bucket (bucket) SELECT generate_series(0, 63)`);
    // While this table has its one row, no relay publishes.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_pause (
        one    boolean      PRIMARY KEY DEFAULT true CHECK (one),
        reason text,
        since  timestamptz  NOT NULL DEFAULT clock_timestamp()
      )`);
  }
}
