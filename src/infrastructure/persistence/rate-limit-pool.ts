import pg from 'pg';
import type { Logger } from '#application/ports/logger';
import { connectionOptions, type DatabaseSettings } from './orm.ts';

/** A lease is one statement on one row, so that two connections serve thousands of them in a second. */
const MOST_CONNECTIONS = 2;
/** Milliseconds after which a request is counted without the database rather than kept waiting. */
const PATIENCE_MS = 1000;

/**
 * Connections for the rate limiter alone: requests that wait for a connection of the other pool would otherwise keep it
 * from refusing more of them. Connects when it is used.
 */
export class RateLimitPool extends pg.Pool {
  constructor(settings: DatabaseSettings, logger: Logger) {
    const statementTimeoutMs = Math.min(settings.statementTimeoutMs, PATIENCE_MS);
    super({
      ...connectionOptions({ ...settings, statementTimeoutMs }),
      application_name: 'opportunities limits',
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    // Without a listener, an idle connection that breaks would end the process.
    this.on('error', (error) => {
      logger.debug({ err: error }, 'an idle connection of the rate limiter broke');
    });
  }
}
