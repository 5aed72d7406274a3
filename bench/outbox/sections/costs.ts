import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { bucketOf } from '#infrastructure/persistence/outbox/outbox-tables';
import { query } from '../../databases.ts';
import { inTurn, Rounds } from '../../figures.ts';
import { MANY_KEYS, record } from '../records.ts';
import { waitUntilDrained, type BenchmarkServers } from '../servers/benchmark-servers.ts';
import type { Scale, Section } from './section.ts';

const SESSIONS = 8;
const IDLE_SECONDS = 10;
/** Milliseconds after which a session has surely reported its counts to PostgreSQL's statistics. */
const COUNTED_MS = 2500;

const ARMS = [
  { name: 'default settings', environment: {} },
  { name: 'OUTBOX_RETENTION_HOURS=24', environment: { OUTBOX_RETENTION_HOURS: '24' } },
];

/** Measures the cost of an event in the database, from its INSERT to its acknowledgement, and the cost of an idle relay. */
export async function measureCosts(servers: BenchmarkServers, { rounds, events: most }: Scale): Promise<Section> {
  const events = most / 5;
  const figures = new Rounds();
  for (let round = 0; round < rounds; round += 1)
    for (const { name, environment } of inTurn(ARMS, round)) {
      const database = await servers.database();
      await withoutAutovacuum(database);
      await query(database, 'CHECKPOINT');
      const empty = await walPosition(database);
      await insert(database, events);
      const inserted = await walPosition(database);
      const relay = await servers.relay(database, 'kafkajs', environment);
      try {
        await waitUntilDrained(database);
        await sleep(COUNTED_MS);
        figures.add(`${name}, WAL to insert`, (inserted - empty) / events);
        figures.add(`${name}, WAL to drain`, ((await walPosition(database)) - inserted) / events);
        figures.add(`${name}, dead`, (await deadTuples(database)) / events);
        for (const table of await tables(database)) await query(database, `VACUUM ${table}`);
        await sleep(COUNTED_MS);
        const idle = await activity(database);
        await sleep(IDLE_SECONDS * 1000);
        const later = await activity(database);
        figures.add(`${name}, statements`, (later.transactions - idle.transactions) / IDLE_SECONDS);
        figures.add(`${name}, blocks`, (later.blocks - idle.blocks) / IDLE_SECONDS);
      } finally {
        await relay.stop();
      }
    }
  return {
    name: 'costs',
    title: 'What an event costs the database',
    how:
      `${SESSIONS} sessions insert ${events.toLocaleString('en')} events, each in its own transaction. Then a relay drains them. Autovacuum is off for the outbox tables, so that ` +
      `dead rows are counted before anything removes them. Idle means ${IDLE_SECONDS} seconds after a VACUUM, without new events.`,
    columns: [
      'relay',
      'WAL bytes to insert',
      'WAL bytes to drain',
      'dead rows',
      'idle: statements/s',
      'idle: blocks/s, read or cached',
    ],
    rows: ARMS.map(({ name }) => [
      name,
      figures.spread(`${name}, WAL to insert`),
      figures.spread(`${name}, WAL to drain`),
      figures.spread(`${name}, dead`, 2),
      figures.spread(`${name}, statements`, 1),
      figures.spread(`${name}, blocks`),
    ]),
    figures: figures.all(),
  };
}

async function withoutAutovacuum(database: string): Promise<void> {
  for (const name of await tables(database))
    await query(database, `ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
}

/** Names of the outbox tables. */
async function tables(database: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    database,
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^outbox'`,
  );
  return rows.map(({ name }) => name);
}

async function insert(database: string, events: number): Promise<void> {
  const pool = new pg.Pool({ connectionString: database, max: SESSIONS });
  let next = 0;
  const session = async () => {
    while (next < events) {
      const { id, key, headers, payload } = record(next++, MANY_KEYS);
      await pool.query({
        name: 'insert',
        text: 'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, $4, $5)',
        values: [bucketOf(key), id, key, JSON.stringify(headers), payload],
      });
    }
  };
  await Promise.all(Array.from({ length: SESSIONS }, session));
  await pool.end();
}

async function walPosition(database: string): Promise<number> {
  const [row] = await query<{ bytes: number }>(
    database,
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes`,
  );
  return row?.bytes ?? Number.NaN;
}

async function deadTuples(database: string): Promise<number> {
  const [row] = await query<{ dead: number }>(
    database,
    `SELECT sum(n_dead_tup)::float8 AS dead FROM pg_stat_user_tables WHERE relname ~ '^outbox'`,
  );
  return row?.dead ?? Number.NaN;
}

/** Reads a database's counters through another database, so that this query is not counted. */
async function activity(database: string): Promise<{ transactions: number; blocks: number }> {
  const url = new URL(database);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const [row] = await query<{ transactions: number; blocks: number }>(
    url.href,
    `SELECT (xact_commit + xact_rollback)::float8 AS transactions, (blks_read + blks_hit)::float8 AS blocks
     FROM pg_stat_database WHERE datname = $1`,
    [name],
  );
  if (!row) throw new Error(`There is no database ${name}.`);
  return row;
}
