import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../tools/local/postgres/postgres.ts';
import { spread } from '../figures.ts';
import { type Storage, storages } from './storages.ts';

// npm run bench:outbox-storage: measures how fast one relay fetches and acknowledges with each way to store an outbox. No
// broker is involved, so that only the database's part is measured. All ways take turns.

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const SIZES = (process.env['SIZES'] ?? '10000,100000').split(',').map(Number);
const BATCH = 500;
/** Largest backlog without a low-water mark: each fetch then scans all removed rows, so that more would take too long. */
const MOST_WITHOUT_MARK = 100_000;

/** Statements of a transaction that another session keeps open meanwhile in the same database. */
const CONDITIONS = {
  nothing: [],
  'a snapshot': ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM elsewhere'],
  'an idle writer': ['BEGIN', 'INSERT INTO elsewhere VALUES (1)'],
};

type Figures = { readonly rate: number; readonly wal: number; readonly dead: number };

const server = await startPostgres({
  dir: mkdtempSync(join(tmpdir(), 'opportunities-bench-storage-')),
  database: 'bench',
  removeOnStop: true,
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return client;
}

async function one<Row extends pg.QueryResultRow>(
  client: pg.Client,
  text: string,
  values: unknown[] = [],
): Promise<Row> {
  const [row] = (await client.query<Row>(text, values)).rows;
  if (!row) throw new Error(`The query returned no row: ${text}`);
  return row;
}

async function measure(storage: Storage, size: number, meanwhile: readonly string[]): Promise<Figures> {
  const client = await connect();
  const other = await connect();
  try {
    await client.query('SET synchronous_commit = off');
    for (const statement of storage.create) await client.query(statement);
    for (let from = 0; from < size; from += 1000) await client.query(storage.fill, [from, Math.min(1000, size - from)]);
    await client.query('VACUUM ANALYZE');
    for (const statement of meanwhile) await other.query(statement);
    const { from } = await one<{ from: string }>(client, 'SELECT pg_current_wal_insert_lsn() AS from');
    const begun = performance.now();
    const drained = await storage.drain(client, BATCH);
    const seconds = (performance.now() - begun) / 1000;
    if (drained !== size) throw new Error(`${storage.name}: drained ${drained} of ${size} events`);
    const { bytes } = await one<{ bytes: number }>(
      client,
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8 AS bytes',
      [from],
    );
    await client.query('SELECT pg_stat_force_next_flush()');
    const { dead } = await one<{ dead: number }>(
      client,
      'SELECT sum(n_dead_tup)::float8 AS dead FROM pg_stat_user_tables WHERE relname = ANY($1)',
      [storage.tables],
    );
    return { rate: drained / seconds, wal: bytes / size, dead: dead / size };
  } finally {
    await other.end();
    for (const table of storage.tables) await client.query(`DROP TABLE IF EXISTS ${table}`);
    await client.end();
  }
}

try {
  const setup = await connect();
  await setup.query('CREATE TABLE elsewhere (n int)');
  await setup.end();
  const results = new Map<string, Figures[]>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const size of SIZES)
      for (const [condition, meanwhile] of Object.entries(CONDITIONS))
        for (const storage of round % 2 === 0 ? storages : storages.toReversed()) {
          if (storage.rescans && size > MOST_WITHOUT_MARK) continue;
          const name = `${size} events, ${condition} open: ${storage.name}`;
          results.set(name, [...(results.get(name) ?? []), await measure(storage, size, meanwhile)]);
        }
  const row = (figures: readonly Figures[]) => ({
    'events/s': spread(
      figures.map(({ rate }) => rate),
      0,
    ),
    'WAL bytes/event': spread(
      figures.map(({ wal }) => wal),
      0,
    ),
    'dead rows/event': spread(
      figures.map(({ dead }) => dead),
      2,
    ),
  });
  console.table(Object.fromEntries([...results].map(([name, figures]) => [name, row(figures)])));
} finally {
  await server.stop();
}
