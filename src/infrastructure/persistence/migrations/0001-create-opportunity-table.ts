import { Migration } from '@mikro-orm/migrations';

export class CreateOpportunityTable extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      CREATE TABLE opportunity (
        id                uuid         PRIMARY KEY,
        owner_id          text         NOT NULL,
        status            text         NOT NULL CHECK (status IN ('draft', 'published', 'closed', 'removed')),
        close_reason      text         CHECK (close_reason IN ('filled', 'expired', 'cancelled', 'withdrawn')),
        version           integer      NOT NULL CHECK (version > 0),
        created_at        timestamptz  NOT NULL,
        updated_at        timestamptz  NOT NULL,
        published_at      timestamptz,
        closed_at         timestamptz,

        type              text         NOT NULL,
        title             text         NOT NULL,
        summary           text,
        description       text,
        organization_name text,
        organization_url  text,
        work_mode         text,
        location          jsonb,
        compensation      jsonb,
        commitment        text,
        opens_at          timestamptz,
        deadline_at       timestamptz,
        starts_at         timestamptz,
        ends_at           timestamptz,
        time_zone         text,
        openings          integer,
        eligibility       jsonb,
        apply_url         text,
        apply_email       text,
        tags              text[]       NOT NULL,
        languages         text[]       NOT NULL,

        CHECK ((status = 'closed') <= (close_reason IS NOT NULL AND closed_at IS NOT NULL))
      )`);
    // Finds an owner's own opportunities, newest first: ids are UUIDv7 and sort by time.
    this.addSql(/* sql */ `CREATE INDEX opportunity_owner ON opportunity (owner_id, id DESC)`);
  }
}
