import pg from 'pg';
import type { RecordedRevocations, RevocationStore } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/application-error';
import type { TokenRevocation } from '#domain/token-revocation';
import type { Logger } from '#application/ports/operations/logger';
import { storageError } from '../connections/storage-error.ts';
import { BEFORE_EVERYTHING, originOf } from '../connections/transaction-snapshot.ts';
import { connectionOptions, type DatabaseSettings, patience } from '../connections/connection-options.ts';

/**
 * One connection for revocations alone, opened when it is first used. A flood of requests can use up the other pool,
 * but then delays neither the refresh of the caches nor the admin who revokes the tokens of the sender.
 */
export class RevocationPool extends pg.Pool {
  constructor(settings: DatabaseSettings, logger: Logger) {
    super({
      ...connectionOptions(settings),
      application_name: 'opportunities revocations',
      max: 1,
      query_timeout: patience(settings),
    });
    // Without a listener for errors, Node would end the process when an idle connection breaks.
    this.on('error', (error) => {
      logger.debug({ err: error }, 'an idle database connection for revocations broke');
    });
  }
}

/** Seconds for which a revocation stays beyond the longest lifetime of a token, to allow for leeway and differing clocks. */
const EXTRA_SECONDS = 3600;

/**
 * Records a revocation in a single statement, so that the second of two concurrent writers sees the row of the first.
 */
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

// Removes only a few rows at a time, the oldest first, so that no other statement waits long for a lock.
const FORGET = `
  DELETE FROM token_revocation WHERE user_id IN (
    SELECT user_id FROM token_revocation WHERE valid_after < now() - $1 * interval '1 second'
    ORDER BY valid_after LIMIT 20 FOR UPDATE SKIP LOCKED
  )`;

/**
 * Reads the rows that a snapshot did not show yet: the rows of transactions that were open then, and of later ones. A
 * transaction that commits late is therefore not missed. Both groups are ranges of an index, so that a query without a
 * result costs next to nothing. At least one row is returned, because every result carries the next position.
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
  FROM present LEFT JOIN (SELECT * FROM changed WHERE valid_after > now() - $3 * interval '1 second') AS stored ON true`;

type ChangedRow = {
  readonly origin: string | null;
  readonly snapshot: string;
  readonly userId: string | null;
  readonly validAfter: Date | null;
};

/**
 * Stores one row for each user, with the id of the transaction that changed it last. A position consists of an origin and a
 * snapshot, as in the change feed.
 */
export class PostgresRevocationStore implements RevocationStore {
  private readonly pool: Pick<pg.Pool, 'query'>;
  private readonly storedSeconds: number;

  /** @param lifetimeSeconds the longest lifetime of a token */
  constructor(pool: Pick<pg.Pool, 'query'>, lifetimeSeconds: number) {
    this.pool = pool;
    this.storedSeconds = lifetimeSeconds + EXTRA_SECONDS;
  }

  async record({ userId, validAfter, reason }: TokenRevocation): Promise<TokenRevocation> {
    await this.rows(FORGET, [this.storedSeconds]);
    const [recorded] = await this.rows<TokenRevocation>(RECORD, [userId, validAfter.toISOString(), reason]);
    if (!recorded) throw new StorageUnavailable('The database has returned no recorded revocation.');
    return recorded;
  }

  async find(userId: string): Promise<TokenRevocation | undefined> {
    const [found] = await this.rows<TokenRevocation>(FIND, [userId, this.storedSeconds]);
    return found;
  }

  async since(position: string | undefined): Promise<RecordedRevocations> {
    const [origin = '', snapshot = BEFORE_EVERYTHING] = position?.split(' ') ?? [];
    const rows = await this.rows<ChangedRow>(SINCE, [origin, snapshot, this.storedSeconds]);
    const [present] = rows;
    if (!present?.origin)
      throw new StorageUnavailable('The database is a standby, which cannot tell what has changed.');
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
