import { type Logger as OrmLogger, MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { Pool } from 'pg';
import type { Logger } from '#application/ports/operations/logger';
import { connectionOptions, type DatabaseSettings, patience } from './connections/connection-options.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import { OpportunitySchema } from './opportunities/opportunity.schema.ts';
import { closeSilentConnections } from './connections/node-postgres.ts';

/** Creates the ORM without connecting: the first query connects. */
export function createOrm(settings: DatabaseSettings, logger: Logger): MikroORM {
  return new MikroORM({
    clientUrl: settings.url,
    entities: [OpportunitySchema],
    extensions: [Migrator],
    pool: { min: 0, max: settings.poolMax },
    driverOptions: {
      ...connectionOptions(settings),
      // node-postgres sends a statement without waiting for the previous one. The server runs them in order.
      pipeline: true,
      onPoolCreated: (pool: Pool) => {
        if (settings.statementTimeoutMs > 0) closeSilentConnections(pool, patience(settings));
      },
    },
    ensureDatabase: false,
    forceUtcTimezone: true,
    loggerFactory: () => ormLogger(logger),
    migrations: {
      tableName: 'schema_migrations',
      migrationsList: MIGRATIONS,
      snapshot: false,
      silent: true,
    },
  });
}

/** Writes the ORM's warnings to the service's log. The query log stays off, because it prints what users sent. */
function ormLogger(logger: Logger): OrmLogger {
  const nothing = () => undefined;
  return {
    log: nothing,
    logQuery: nothing,
    setDebugMode: nothing,
    isEnabled: () => false,
    warn: (_namespace, message) => {
      logger.warn({}, message);
    },
    error: (_namespace, message) => {
      logger.error({}, message);
    },
  };
}
