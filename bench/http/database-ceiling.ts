import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { query } from '../databases.ts';
import { CONNECTIONS } from './load.ts';
import { EVENT_COLUMNS, OPPORTUNITY_COLUMNS } from './statements.ts';

/** The transaction of a POST without any service: the rate that the database alone reaches. */
export class Ceiling {
  private readonly url: string;
  private readonly statements: readonly string[];

  private constructor(url: string, statements: readonly string[]) {
    this.url = url;
    this.statements = statements;
  }

  /** Prepares the transaction with the values of the last POST, except for the ids. */
  static async of(url: string, posted: string): Promise<Ceiling> {
    const opportunity = await newest(posted, 'opportunity', OPPORTUNITY_COLUMNS, 'id');
    const event = await newest(posted, 'outbox', EVENT_COLUMNS, 'position');
    return new Ceiling(url, ['BEGIN', opportunity, event, 'COMMIT']);
  }

  /** Transactions per second of pgbench with prepared statements; an empty list when pgbench is not on the PATH. */
  async pgbench(seconds: number): Promise<number[]> {
    if (spawnSync('pgbench', ['--version']).status !== 0) return [];
    const folder = mkdtempSync(join(tmpdir(), 'opportunities-bench-pgbench-'));
    try {
      const script = join(folder, 'transaction.sql');
      writeFileSync(script, this.statements.map((statement) => `${statement};\n`).join(''));
      const clients = ['--client', String(CONNECTIONS), '--time', String(seconds)];
      const { stdout } = await promisify(execFile)('pgbench', [
        ...['--no-vacuum', '--protocol', 'prepared', '--file', script, ...clients, this.url],
      ]);
      return [Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Transactions per second of node-postgres in this process, with the same number of connections as the services. */
  async nodePostgres(seconds: number): Promise<number> {
    const pool = new pg.Pool({ connectionString: this.url, max: 10 });
    const start = performance.now();
    let transactions = 0;
    const client = async () => {
      while (performance.now() - start < seconds * 1000) {
        const connection = await pool.connect();
        for (const [index, text] of this.statements.entries()) await connection.query({ name: `s${index}`, text });
        connection.release();
        transactions += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
    const elapsed = (performance.now() - start) / 1000;
    await pool.end();
    return transactions / elapsed;
  }
}

async function newest(url: string, table: string, columns: readonly string[], order: string): Promise<string> {
  const texts = columns.map((column) => `${column}::text`);
  const [row] = await query<Record<string, string | null>>(
    url,
    `SELECT ${texts.join(', ')} FROM ${table} ORDER BY ${order} DESC LIMIT 1`,
  );
  const literals = columns.map((column) => {
    const value = row?.[column] ?? null;
    if (column === 'id') return 'uuidv7()';
    return value === null ? 'NULL' : literal(value);
  });
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${literals.join(', ')})`;
}

/** Writes a value as an SQL literal without colons, because pgbench replaces `:name` by a variable even inside quotes. */
function literal(value: string): string {
  return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll(':', '\\x3A')}'`;
}
