import pg from 'pg';
import type { Logger } from '#application/ports/logger';
import { connectionOptions, type DatabaseSettings, patience } from './orm.ts';

/**
 * One connection for revocations alone: neither do they wait for requests, nor requests for them, and somebody who floods
 * the service cannot keep an admin from locking them out. Connects when it is used.
 */
export class RevocationPool extends pg.Pool {
  constructor(settings: DatabaseSettings, logger: Logger) {
    super({
      ...connectionOptions(settings),
      application_name: 'opportunities revocations',
      max: 1,
      query_timeout: patience(settings),
    });
    // Without a listener, an idle connection that breaks would end the process.
    this.on('error', (error) => {
      logger.debug({ err: error }, 'an idle connection of the revocations broke');
    });
  }
}
