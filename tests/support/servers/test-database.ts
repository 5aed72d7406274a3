import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { realServers } from './real-servers.ts';

/** A database of its own for one suite, without tables. */
export async function createTestDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(realServers().postgres.url, `CREATE DATABASE ${name}`);
  const url = new URL(realServers().postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** Empties the tables. It refuses a database whose name does not begin with "test", because that one may hold real data. */
export async function emptyDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  if (!name.startsWith('test')) throw new Error(`${name} is not a test database: nothing was removed`);
  await query(
    url,
    `TRUNCATE opportunity, outbox, outbox_parked, outbox_discarded, outbox_published, outbox_pause, idempotency_key,
       rate_limit, token_revocation`,
  );
  await query(url, 'UPDATE outbox_bucket SET owner = NULL, crashes = 0, suspect = NULL, suspect_crashes = 0');
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
