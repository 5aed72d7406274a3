import pg from 'pg';
import { type DatabaseDiagnosis, type DatabaseFindings, LookFailed } from '#application/ports/operations/diagnosis';
import { isPooled } from '../connections/node-postgres.ts';
import { connectionOptions, type DatabaseSettings } from '../connections/connection-options.ts';
import { MIGRATIONS } from '../migrations/migrations.ts';

/** Milliseconds for connecting, and for each statement. */
const PATIENCE_MS = 3000;

/**
 * Tables of a Django project. Every project has the second table; the first table is missing where the project has its
 * own user model.
 */
const DJANGO_TABLES = `
  SELECT n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname IN ('auth_user', 'django_migrations') AND c.relkind IN ('r', 'p')
  ORDER BY name`;

const STATE = `
  SELECT current_setting('transaction_read_only') = 'on' AS "readOnly",
         to_regclass('schema_migrations') IS NOT NULL AS "isMigrated"`;

/** Diagnoses the database on its own connections, and sends only SELECT statements. */
export class PostgresDatabaseDiagnosis implements DatabaseDiagnosis {
  private readonly settings: DatabaseSettings;

  constructor(settings: DatabaseSettings) {
    this.settings = settings;
  }

  async look(): Promise<DatabaseFindings> {
    const { url, directUrl = url } = this.settings;
    const [found, session] = await Promise.all([
      this.ask(url, findings),
      this.ask(directUrl, isPooled).then(
        (pooled) => (pooled ? 'pooled' : 'own'),
        (error: unknown) => error as LookFailed,
      ),
    ]);
    return { ...found, session };
  }

  private async ask<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      ...connectionOptions({ ...this.settings, url, statementTimeoutMs: PATIENCE_MS }),
      application_name: 'opportunities doctor',
      query_timeout: PATIENCE_MS,
    });
    // When a connection breaks between two statements, the next statement reports it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await question(client);
    } catch (error) {
      throw new LookFailed(reasonOf(error));
    } finally {
      client.end().catch(() => undefined);
    }
  }
}

async function findings(client: pg.Client): Promise<Omit<DatabaseFindings, 'session'>> {
  const { rows: tables } = await client.query<{ name: string }>(DJANGO_TABLES);
  const { rows: states } = await client.query<{ readOnly: boolean; isMigrated: boolean }>(STATE);
  // MikroORM's own check for pending migrations would create the table.
  const applied = states[0]?.isMigrated
    ? (await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name')).rows
    : [];
  const known = MIGRATIONS.map(({ name }) => name);
  const names = applied.map(({ name }) => name);
  return {
    djangoTables: tables.map(({ name }) => name),
    pending: known.filter((name) => !names.includes(name)),
    unknown: names.filter((name) => !known.includes(name)),
    readOnly: states[0]?.readOnly ?? false,
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /timeout/i.test(error.message) ? 'ETIMEDOUT' : 'UNKNOWN';
}
