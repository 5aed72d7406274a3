import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../../tools/local/postgres/postgres.ts';
import { migrate, query } from '../databases.ts';

export const ROWS = 100_000;
/** Number of members who own the rows, in equal shares. */
export const MEMBERS = 1000;
/** Number of rows that are read one by one. So many differ that no cache except the database's own helps. */
const SAMPLE = 1000;

export type Databases = {
  readonly server: PostgresServer;
  /** Ids of rows that exist in all three databases. */
  readonly ids: readonly string[];
  readonly ours: string;
  readonly handWritten: string;
  readonly ceiling: string;
};

/**
 * Makes three databases with identical rows: one for the service, made by its migrations and filled, and two copies.
 * The server has PostgreSQL's default settings, with which every commit is on disk before PostgreSQL responds.
 */
export async function prepareDatabases(): Promise<Databases> {
  const dir = mkdtempSync(join(tmpdir(), 'opportunities-bench-postgres-'));
  const server = await startPostgres({ dir, database: 'ours', removeOnStop: true });
  const urlOf = (name: string) => server.url.replace(/ours$/, name);
  migrate(urlOf('ours'));
  const ids = await query<{ id: string }>(urlOf('ours'), FILL, [SAMPLE]);
  for (const copy of ['hand_written', 'ceiling'])
    await query(urlOf('postgres'), `CREATE DATABASE ${copy} TEMPLATE ours`);
  for (const name of ['ours', 'hand_written', 'ceiling']) await query(urlOf(name), 'VACUUM ANALYZE');
  return {
    server,
    ids: ids.map(({ id }) => id),
    ours: urlOf('ours'),
    handWritten: urlOf('hand_written'),
    ceiling: urlOf('ceiling'),
  };
}

/** Inserts published opportunities of many members, one second apart. */
const FILL = /* sql */ `
  WITH filled AS (
    INSERT INTO opportunity (
      id, owner_id, status, version, created_at, updated_at, published_at, type, title, summary, description,
      organization_name, work_mode, location, compensation, commitment, deadline_at, openings, apply_url, tags, languages
    )
    SELECT uuidv7(-age), 'member-' || n % ${MEMBERS}, 'published', 1, at, at, at,
      (ARRAY['job', 'internship', 'volunteering', 'grant', 'event'])[1 + n % 5],
      'Opportunity number ' || n, 'What it is about, in one line', repeat('Some sentences that describe it. ', 20),
      'Organisation ' || n % 100, (ARRAY['onsite', 'remote', 'hybrid'])[1 + n % 3],
      '{"label": "Main office", "city": "Sevilla", "region": null, "country": "ES", "latitude": null, "longitude": null}',
      '{"kind": "paid", "minAmount": 90000, "maxAmount": 120000, "currency": "EUR", "period": "month"}',
      'part_time', at + interval '2 years', 2, 'https://example.org/apply',
      ARRAY['tag-' || n % 50, 'node'], ARRAY['en', 'es']
    FROM generate_series(1, ${ROWS}) AS n,
      LATERAL (SELECT n * interval '1 second' AS age) AS ages,
      LATERAL (SELECT date_trunc('milliseconds', now()) - age AS at) AS instants
    RETURNING id
  )
  SELECT id FROM filled ORDER BY md5(id::text) LIMIT $1`;
