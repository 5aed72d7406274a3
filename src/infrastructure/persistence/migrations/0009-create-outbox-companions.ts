import { Migration } from '@mikro-orm/migrations';

export class CreateOutboxCompanions extends Migration {
  override up(): void {
    // What Kafka refused, and what waits behind it: a key is parked while its oldest row here has a refusal.
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
    // What somebody gave up, and why. Nothing removes it.
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
    // What Kafka has, for as long as it is kept.
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
    // Who relays what, how many owners of a bucket ended since anything of it was published, and what they were at.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_bucket (
        bucket          smallint  PRIMARY KEY,
        owner           text,
        crashes         int       NOT NULL DEFAULT 0,
        suspect         bigint,
        suspect_crashes int       NOT NULL DEFAULT 0
      )`);
    this.addSql(/* sql */ `INSERT INTO outbox_bucket (bucket) SELECT generate_series(0, 63)`);
    // Its row, when there is one, keeps every relay from publishing.
    this.addSql(/* sql */ `
      CREATE TABLE outbox_pause (
        one    boolean      PRIMARY KEY DEFAULT true CHECK (one),
        reason text,
        since  timestamptz  NOT NULL DEFAULT clock_timestamp()
      )`);
  }
}
