import type { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import { StorageUnavailable } from '#application/ports/application-error';
import type { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import { storageError } from '../connections/storage-error.ts';

/** An advisory lock that no other user of the database takes. */
const MIGRATION_LOCK = 7_206_001;

/**
 * A dump keeps transaction ids, but a new cluster counts them from the start, so no snapshot would contain rows with
 * ids from the future. These statements give such rows a current id. They do not affect the rows of other transactions,
 * because committed ids are not in the future, and this transaction's own id is excepted.
 */
const BRING_INTO_THE_PRESENT = ['opportunity', 'token_revocation'].map(
  (table) => `
  UPDATE ${table} SET changed_in = DEFAULT
  WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot())
    AND changed_in IS DISTINCT FROM pg_current_xact_id_if_assigned()`,
);

/** How long a migration may stand in the way of others, and how often it tries. */
export type MigrationPatience = {
  /** Milliseconds for which a statement waits for a lock. Everybody else who needs the table waits behind it. */
  readonly lockMs: number;
  /** Milliseconds between two attempts, in which the others go on. */
  readonly pauseMs: number;
  readonly attempts: number;
};

const PATIENCE: MigrationPatience = { lockMs: 1000, pauseMs: 2000, attempts: 100 };

const LOCK_NOT_AVAILABLE = '55P03';

export class MikroOrmSchemaMigrations implements SchemaMigrations {
  private readonly orm: MikroORM;
  private readonly patience: MigrationPatience;

  /** @param orm an ORM without a statement timeout, because a migration may take long, and with at least two connections. */
  constructor(orm: MikroORM, patience = PATIENCE) {
    this.orm = orm;
    this.patience = patience;
  }

  /**
   * Runs consecutive migrations in one transaction, so that a failure leaves nothing of them behind. A migration that says
   * that it is not transactional, as CREATE INDEX CONCURRENTLY demands, runs alone. Processes that start together wait for
   * the first one. A migration that waits for a lock gives up soon and tries again, because every request for the table
   * would wait behind it.
   */
  async run(): Promise<string[]> {
    const applied: string[] = [];
    try {
      for (;;) {
        const names = await this.patiently(() => this.runNext());
        if (names.length === 0) return applied;
        applied.push(...names);
      }
    } catch (error) {
      throw storageError(error);
    }
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work();
      } catch (error) {
        if (!isLockTimeout(error)) throw error;
        if (attempt >= this.patience.attempts) throw new StorageUnavailable(BLOCKED, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, this.patience.pauseMs));
      }
  }

  private runNext(): Promise<string[]> {
    return this.orm.em.fork().transactional(async (em) => {
      const transaction: unknown = em.getTransactionContext();
      const execute = (sql: string) => em.getConnection().execute(sql, [], 'run', transaction);
      await execute('SET LOCAL statement_timeout = 0');
      await execute('SET LOCAL idle_in_transaction_session_timeout = 0');
      await execute(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      // The lock of the migrations has no time limit: the process that holds it is at work.
      await execute(`SET LOCAL lock_timeout = ${this.patience.lockMs}`);
      const pending = (await this.orm.migrator.getPending()).map(({ name }) => name);
      const alone = pending.findIndex((name) => !this.isTransactional(name));
      const next = alone === 0 ? pending.slice(0, 1) : pending.slice(0, alone === -1 ? undefined : alone);
      if (next.length > 0) await this.orm.migrator.up({ migrations: next, transaction });
      else for (const statement of BRING_INTO_THE_PRESENT) await execute(statement);
      return next;
    });
  }

  private isTransactional(name: string): boolean {
    const listed = this.orm.config.get('migrations').migrationsList ?? [];
    const migration = listed.find((each) => typeof each === 'object' && each.name === name);
    if (typeof migration !== 'object') throw new Error(`The migration ${name} is not in the list of migrations.`);
    return (migration.class.prototype as Migration).isTransactional();
  }

  async close(): Promise<void> {
    await this.orm.close();
  }

  async pending(): Promise<string[]> {
    try {
      return (await this.orm.migrator.getPending()).map(({ name }) => name);
    } catch (error) {
      throw storageError(error);
    }
  }
}

const BLOCKED =
  'The schema cannot be migrated: another transaction keeps a lock on a table. pg_stat_activity shows it as the oldest one.';

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === LOCK_NOT_AVAILABLE) || isLockTimeout(error.cause);
}
