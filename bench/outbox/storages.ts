import type pg from 'pg';

/** A way to store an outbox: its tables, how it is filled, and how one relay drains it. */
export type Storage = {
  readonly name: string;
  readonly tables: readonly string[];
  /** Whether each fetch scans the table from its very first row, removed rows included. */
  readonly rescans: boolean;
  readonly create: readonly string[];
  /** Inserts $2 rows from number $1 on, in one transaction. */
  readonly fill: string;
  /** Fetches and acknowledges until nothing is left. @returns the number of events. */
  drain(client: pg.Client, batch: number): Promise<number>;
};

const COLUMNS = `
  position   bigint       GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  bucket     smallint     NOT NULL,
  id         uuid         NOT NULL,
  key        text         NOT NULL,
  headers    text         NOT NULL,
  payload    text         NOT NULL,
  created_at timestamptz  NOT NULL DEFAULT clock_timestamp()`;

const filled = (table: string) => `
  INSERT INTO ${table} (bucket, id, key, headers, payload)
  SELECT n % 64, uuidv7(), 'key-' || n % 5000, repeat('h', 300), repeat('p', 650)
  FROM generate_series($1::int, $1::int + $2::int - 1) AS n`;

const ALL_BUCKETS = Array.from({ length: 64 }, (_, bucket) => bucket);

const WITHOUT_AUTOVACUUM = 'WITH (autovacuum_enabled = off)';

type Row = { position: string };

const lastOf = (rows: readonly Row[]) => rows.at(-1)?.position ?? '0';

function fetchFrom(table: string, condition = '') {
  return `
    SELECT position, id, key, headers, payload
    FROM (
      SELECT *, row_number() OVER oldest AS place, sum(octet_length(payload) + 1000) OVER oldest AS bytes
      FROM (
        SELECT * FROM ${table} WHERE bucket = ANY($1::int[]) AND position > $3::bigint ${condition}
        ORDER BY position LIMIT $2
      ) AS waiting
      WINDOW oldest AS (ORDER BY position ROWS UNBOUNDED PRECEDING)
    ) AS measured
    WHERE place = 1 OR bytes <= 900000
    ORDER BY position`;
}

/** Stores waiting events in one table and removes or moves the published ones. */
function deleting(name: string, acknowledge: string, { fromMark }: { fromMark: boolean }): Storage {
  return {
    name,
    rescans: !fromMark,
    tables: ['waiting', 'published'],
    create: [
      `CREATE TABLE waiting (${COLUMNS}) ${WITHOUT_AUTOVACUUM}`,
      `CREATE TABLE published (LIKE waiting, published_at timestamptz) ${WITHOUT_AUTOVACUUM}`,
    ],
    fill: filled('waiting'),
    async drain(client, batch) {
      let drained = 0;
      let mark = '0';
      for (;;) {
        const { rows } = await client.query<Row>({
          name: 'fetch',
          text: fetchFrom('waiting'),
          values: [ALL_BUCKETS, batch, fromMark ? mark : '0'],
        });
        if (rows.length === 0) return drained;
        await client.query({ name: 'ack', text: acknowledge, values: [rows.map(({ position }) => position)] });
        drained += rows.length;
        mark = lastOf(rows);
      }
    },
  };
}

const DELETE = 'DELETE FROM waiting WHERE position = ANY($1::bigint[])';

/** Keeps all rows. A snapshot, and a position among the rows that became visible after it, tell which are published. */
const snapshotCursor: Storage = {
  name: 'snapshot cursor',
  rescans: false,
  tables: ['log', 'progress'],
  create: [
    `CREATE TABLE log (${COLUMNS}, xid xid8 NOT NULL DEFAULT pg_current_xact_id()) ${WITHOUT_AUTOVACUUM}`,
    `CREATE INDEX log_xid ON log (xid)`,
    `CREATE TABLE progress (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buckets smallint[] NOT NULL,
       seen pg_snapshot NOT NULL, next pg_snapshot, position bigint NOT NULL) ${WITHOUT_AUTOVACUUM}`,
  ],
  fill: filled('log'),
  async drain(client, batch) {
    let drained = 0;
    let seen: string | undefined = '1:1:';
    const fetch = fetchFrom(
      'log',
      `AND NOT pg_visible_in_snapshot(xid, $4::pg_snapshot) AND pg_visible_in_snapshot(xid, $5::pg_snapshot)`,
    );
    for (;;) {
      const { rows: snapshots } = await client.query<{ now: string }>('SELECT pg_current_snapshot() AS now');
      const next = snapshots[0]?.now;
      let mark = '0';
      for (;;) {
        const { rows } = await client.query<Row>({
          name: 'fetch',
          text: fetch,
          values: [ALL_BUCKETS, batch, mark, seen, next],
        });
        if (rows.length === 0) break;
        mark = lastOf(rows);
        await client.query({
          name: 'ack',
          text: 'INSERT INTO progress (buckets, seen, next, position) VALUES ($1, $2, $3, $4)',
          values: [ALL_BUCKETS, seen, next, mark],
        });
        drained += rows.length;
      }
      if (mark === '0') return drained;
      seen = next;
    }
  },
};

export const storages: readonly Storage[] = [
  deleting('delete', DELETE, { fromMark: false }),
  deleting('delete, from a mark', DELETE, { fromMark: true }),
  deleting(
    'move, from a mark',
    `WITH gone AS (${DELETE} RETURNING *)
     INSERT INTO published SELECT *, clock_timestamp() FROM gone`,
    { fromMark: true },
  ),
  snapshotCursor,
];
