import { Migration } from '@mikro-orm/migrations';

export class AddListIndexes extends Migration {
  override up(): void {
    // In a database without a locale, PostgreSQL takes every character beyond ASCII for a letter. So typographic quotes,
    // dashes, symbols, CJK punctuation and emoji become blanks first.
    this.addSql(/* sql */ `
      CREATE FUNCTION searchable_text(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT regexp_replace(
          given,
          '[\\u00A0-\\u00BF\\u2000-\\u206F\\u2190-\\u2BFF\\u3000-\\u303F\\uFE00-\\uFE0F\\uFF00-\\uFF0F\\U0001F000-\\U0001FAFF]',
          ' ', 'g'
        )
      $$`);
    // These are functions, because array_to_string and the concatenation of different types do not count as immutable.
    // The configuration "simple" does no stemming: posts are in many languages, and a search with the wrong stemmer
    // finds less than a search without one.
    this.addSql(/* sql */ `
      CREATE FUNCTION opportunity_words(title text, organization text, tags text[], summary text, description text)
      RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector('simple', searchable_text(title)), 'A')
          || setweight(to_tsvector('simple', searchable_text(concat_ws(' | ', organization, array_to_string(tags, ' | ')))), 'B')
          || setweight(to_tsvector('simple', searchable_text(coalesce(summary, ''))), 'C')
          || setweight(to_tsvector('simple', searchable_text(coalesce(description, ''))), 'D')
      $$`);
    this.addSql(/* sql */ `
      CREATE FUNCTION opportunity_facets(
        status text, type text, work_mode text, commitment text, location jsonb, tags text[]
      )
      RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT array_remove(ARRAY[
          'status:' || status,
          'type:' || type,
          'workMode:' || work_mode,
          'commitment:' || commitment,
          'country:' || (location ->> 'country'),
          'city:' || lower(location ->> 'city')
        ], NULL) || ARRAY(SELECT 'tag:' || tag FROM unnest(tags) AS tag)
      $$`);
    // The API and its cursors know milliseconds, so other programs that write here must not store finer instants.
    this.addSql(/* sql */ `
      ALTER TABLE opportunity
        ALTER COLUMN created_at   TYPE timestamptz(3),
        ALTER COLUMN updated_at   TYPE timestamptz(3),
        ALTER COLUMN published_at TYPE timestamptz(3),
        ALTER COLUMN closed_at    TYPE timestamptz(3),
        ALTER COLUMN deleted_at   TYPE timestamptz(3),
        ALTER COLUMN opens_at     TYPE timestamptz(3),
        ALTER COLUMN deadline_at  TYPE timestamptz(3),
        ALTER COLUMN starts_at    TYPE timestamptz(3),
        ALTER COLUMN ends_at      TYPE timestamptz(3),
        ADD COLUMN words  tsvector NOT NULL GENERATED ALWAYS AS (
          opportunity_words(title, organization_name, tags, summary, description)
        ) STORED,
        ADD COLUMN facets text[]   NOT NULL GENERATED ALWAYS AS (
          opportunity_facets(status, type, work_mode, commitment, location, tags)
        ) STORED`);

    // Each order of a list has an index. The indexes begin with the status, because a list has one status or merges the
    // lists of a few; they end with the id, which orders rows with equal instants. Infinity stands for a missing
    // instant, so that such rows come last and a cursor is one comparison of rows.
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_published ON opportunity (status, coalesce(published_at, '-infinity'), id)`);
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_updated ON opportunity (status, updated_at, id)`);
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_deadline ON opportunity (status, coalesce(deadline_at, 'infinity'), id)`);
    // These indexes are for the lists of one owner: by publication for everybody, and by the last change for the owner.
    // A list by deadline is short enough to be sorted. They replace an index without the status.
    this.addSql(/* sql */ `DROP INDEX opportunity_owner`);
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_owner_published
      ON opportunity (owner_id, status, coalesce(published_at, '-infinity'), id)`);
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_owner_updated ON opportunity (owner_id, status, updated_at, id)`);
    // This index serves every filter by value and the search, in any combination: it intersects their matches. New
    // entries wait in a pending list, which makes writing cheaper. The list is short, because every search reads it.
    this.addSql(/* sql */ `
      CREATE INDEX opportunity_content ON opportunity USING gin (words, facets) WITH (gin_pending_list_limit = 512)`);
  }
}
