/**
 * The schema, in the order in which its parts came. A migration that has run anywhere never changes; a new one is added
 * below it. Instants are milliseconds since 1970.
 */
export const MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001-create-opportunity-tables',
    sql: `
      -- The origin changes when the data is replaced, and makes positions of the data before it worthless.
      CREATE TABLE history (
        origin TEXT NOT NULL,
        last_change INTEGER NOT NULL DEFAULT 0,
        last_revocation INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      INSERT INTO history (origin) VALUES (lower(hex(randomblob(16))));

      -- The whole state is one JSON text. The other columns are copies of what statements compare or sort by.
      CREATE TABLE opportunity (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        owner_id TEXT NOT NULL,
        status TEXT NOT NULL,
        version INTEGER NOT NULL,
        published_at INTEGER,
        updated_at INTEGER NOT NULL,
        opens_at INTEGER,
        deadline_at INTEGER,
        change INTEGER NOT NULL UNIQUE,
        state TEXT NOT NULL
      ) STRICT;
      CREATE INDEX opportunity_published_at ON opportunity (coalesce(published_at, -9e15), id);
      CREATE INDEX opportunity_updated_at ON opportunity (updated_at, id);
      CREATE INDEX opportunity_deadline_at ON opportunity (coalesce(deadline_at, 9e15), id);

      CREATE TABLE opportunity_facet (
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        opportunity INTEGER NOT NULL REFERENCES opportunity,
        PRIMARY KEY (name, value, opportunity)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX opportunity_facet_opportunity ON opportunity_facet (opportunity);

      -- The texts hold words between blanks, as search-text.ts finds them, so the simplest tokenizer suffices.
      CREATE VIRTUAL TABLE opportunity_words USING fts5 (
        title, organization_name, tags, summary, description, tokenize = 'ascii'
      );

      CREATE TABLE idempotency_key (
        user_id TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (user_id, key)
      ) STRICT;
      CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);`,
  },
  {
    name: '0002-create-outbox-tables',
    sql: `
      -- AUTOINCREMENT: a position is never used again, not even when the newest message is gone.
      CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        attributes TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE outbox_parked (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        attributes TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        parked_at INTEGER NOT NULL,
        refusal TEXT
      ) STRICT;
      CREATE INDEX outbox_parked_key ON outbox_parked (key, position);

      CREATE TABLE outbox_published (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        attributes TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        published_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX outbox_published_at ON outbox_published (published_at);

      -- How many relays began since anything was published, and the message that the last one had alone in flight.
      CREATE TABLE relay (starts INTEGER NOT NULL, suspect INTEGER) STRICT;
      INSERT INTO relay VALUES (0, NULL);

      CREATE TABLE outbox_pause (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        since INTEGER NOT NULL,
        reason TEXT
      ) STRICT;

      CREATE TABLE outbox_discarded (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        attributes TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        refusal TEXT,
        discarded_at INTEGER NOT NULL,
        reason TEXT NOT NULL
      ) STRICT;`,
  },
  {
    name: '0003-create-token-and-limit-tables',
    sql: `
      CREATE TABLE token_revocation (
        user_id TEXT PRIMARY KEY,
        valid_after INTEGER NOT NULL,
        reason TEXT,
        change INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX token_revocation_change ON token_revocation (change);
      CREATE INDEX token_revocation_valid_after ON token_revocation (valid_after);

      CREATE TABLE rate_limit (
        policy TEXT NOT NULL,
        key TEXT NOT NULL,
        taken INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        PRIMARY KEY (policy, key)
      ) STRICT;
      CREATE INDEX rate_limit_ends_at ON rate_limit (ends_at);`,
  },
];
