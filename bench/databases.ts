import { execFileSync } from 'node:child_process';
import pg from 'pg';

/** Applies the migrations with the built service, as an operator does. */
export function migrate(url: string): void {
  execFileSync(process.execPath, ['dist/main.js', 'migrate'], {
    env: { ...process.env, NODE_ENV: 'test', DATABASE_URL: url, JWT_SECRET: 'not needed for migrations' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export async function query<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
