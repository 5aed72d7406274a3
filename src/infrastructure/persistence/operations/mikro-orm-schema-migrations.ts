import type { MikroORM } from '@mikro-orm/postgresql';
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

export class MikroOrmSchemaMigrations implements SchemaMigrations {
  private readonly orm: MikroORM;

  /** @param orm an ORM without a statement timeout, because a migration may take long. */
  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  /** Runs all migrations in one transaction. Processes that start together wait for the first one, and a failure leaves nothing behind. */
  async run(): Promise<string[]> {
    try {
      return await this.orm.em.fork().transactional(async (em) => {
        const transaction: unknown = em.getTransactionContext();
        const execute = (sql: string) => em.getConnection().execute(sql, [], 'run', transaction);
        await execute('SET LOCAL statement_timeout = 0');
        await execute('SET LOCAL idle_in_transaction_session_timeout = 0');
        await execute(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
        const applied = await this.orm.migrator.up({ transaction });
        for (const statement of BRING_INTO_THE_PRESENT) await execute(statement);
        return applied.map(({ name }) => name);
      });
    } catch (error) {
      throw storageError(error);
    }
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
