import pg from 'pg';
import type { Recorded, RevocationStore } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import type { TokenRevocation } from '#domain/token-revocation';
import type { Logger } from '#application/ports/system/logger';
import { storageError } from '../connections/storage-error.ts';
import { BEFORE_EVERYTHING, originOf } from '../connections/transaction-snapshot.ts';
import { connectionOptions, type DatabaseSettings, patience } from '../connections/connection-options.ts';

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

/** Seconds for which a revocation is kept longer than tokens live: for any leeway, and clocks that differ. */
const KEPT_LONGER_SECONDS = 3600;

/** One statement: of two that come at once, the second sees what the first has left. */
const RECORD = `
  INSERT INTO token_revocation AS known (user_id, valid_after, reason) VALUES ($1, $2, $3)
  ON CONFLICT (user_id) DO UPDATE SET
    valid_after = greatest(known.valid_after, excluded.valid_after),
    reason = CASE WHEN excluded.valid_after >= known.valid_after THEN excluded.reason ELSE known.reason END,
    recorded_at = CASE WHEN excluded.valid_after >= known.valid_after THEN now() ELSE known.recorded_at END
  RETURNING user_id AS "userId", valid_after AS "validAfter", reason`;

const FIND = `
  SELECT user_id AS "userId", valid_after AS "validAfter", reason FROM token_revocation
  WHERE user_id = $1 AND valid_after > now() - $2 * interval '1 second'`;

// A few at a time, so that no lock is held for long and nobody waits; the oldest first.
const FORGET = `
  DELETE FROM token_revocation WHERE user_id IN (
    SELECT user_id FROM token_revocation WHERE valid_after < now() - $1 * interval '1 second'
    ORDER BY valid_after LIMIT 20 FOR UPDATE SKIP LOCKED
  )`;

/**
 * What is not visible in a snapshot, by transactions that were open then or began later: two ranges of an index, so that
 * looking in vain costs next to nothing, and a transaction that commits late is not missed. Statement and snapshot see the
 * same. One row at least, for the position.
 */
const SINCE = `
  WITH present AS (SELECT pg_current_snapshot()::text AS snapshot, ${originOf('token_revocation')} AS origin),
  since AS (
    SELECT CASE WHEN origin = $1 THEN $2 ELSE '${BEFORE_EVERYTHING}' END::pg_snapshot AS snapshot FROM present
  ),
  changed AS (
    SELECT user_id, valid_after FROM token_revocation
    WHERE changed_in = ANY (ARRAY(SELECT pg_snapshot_xip(snapshot) FROM since))
    UNION ALL
    SELECT user_id, valid_after FROM token_revocation
    WHERE changed_in >= (SELECT pg_snapshot_xmax(snapshot) FROM since)
  )
  SELECT origin, snapshot, user_id AS "userId", valid_after AS "validAfter"
  FROM present LEFT JOIN (SELECT * FROM changed WHERE valid_after > now() - $3 * interval '1 second') AS kept ON true`;

type ChangedRow = {
  readonly origin: string | null;
  readonly snapshot: string;
  readonly userId: string | null;
  readonly validAfter: Date | null;
};

/**
 * One row for each user, with the id of the transaction that changed it last. A position is an origin and a snapshot, as
 * in the change feed.
 */
export class PostgresRevocationStore implements RevocationStore {
  private readonly pool: Pick<pg.Pool, 'query'>;
  private readonly keptSeconds: number;

  /** @param lifetimeSeconds how long a token can live at most. */
  constructor(pool: Pick<pg.Pool, 'query'>, lifetimeSeconds: number) {
    this.pool = pool;
    this.keptSeconds = lifetimeSeconds + KEPT_LONGER_SECONDS;
  }

  async record({ userId, validAfter, reason }: TokenRevocation): Promise<TokenRevocation> {
    await this.rows(FORGET, [this.keptSeconds]);
    const [recorded] = await this.rows<TokenRevocation>(RECORD, [userId, validAfter.toISOString(), reason]);
    if (!recorded) throw new StorageUnavailable('The database has recorded nothing.');
    return recorded;
  }

  async find(userId: string): Promise<TokenRevocation | undefined> {
    const [found] = await this.rows<TokenRevocation>(FIND, [userId, this.keptSeconds]);
    return found;
  }

  async since(position: string | undefined): Promise<Recorded> {
    const [origin = '', snapshot = BEFORE_EVERYTHING] = position?.split(' ') ?? [];
    const rows = await this.rows<ChangedRow>(SINCE, [origin, snapshot, this.keptSeconds]);
    const [present] = rows;
    if (!present?.origin) throw new StorageUnavailable('The database is a standby, which cannot tell changes.');
    return {
      revocations: rows.flatMap(({ userId, validAfter }) => (userId && validAfter ? [{ userId, validAfter }] : [])),
      position: `${present.origin} ${present.snapshot}`,
    };
  }

  private async rows<Row extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw storageError(error);
    }
  }
}
