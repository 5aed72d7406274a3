import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { query } from '../../../tests/support/servers/test-database.ts';
import { NotInTime, waitUntil } from '../wait-until.ts';

/** First key of the advisory locks on buckets. */
const BUCKET_LOCKS = 2828;
/** First key of the advisory locks by which relays show that they are running. */
const MEMBER_LOCKS = 2829;
export const BUCKETS = 64;

const OURS = `locktype = 'advisory' AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** A trigger that records every removal from the outbox: by which session, and whether it held the bucket's lock. */
const RECORDING = [
  `CREATE TABLE chaos_removed (
    position bigint NOT NULL, pid int NOT NULL, owned boolean NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    mine int[] := ARRAY(
      SELECT objid::int FROM pg_locks WHERE ${OURS} AND classid = ${BUCKET_LOCKS} AND pid = pg_backend_pid()
    );
  BEGIN
    INSERT INTO chaos_removed (position, pid, owned) SELECT position, pg_backend_pid(), bucket = ANY(mine) FROM gone;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER chaos_note AFTER DELETE ON outbox
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION chaos_note()`,
];

const WAITING = 'SELECT position FROM outbox UNION ALL SELECT position FROM outbox_parked';

/** A database session of a relay. Each relay connects with an application name of its own. */
export type RelaySession = { readonly pid: number; readonly relay: string; readonly buckets: number };

/** The outbox of one run, read with SQL of our own. */
export class Outbox {
  readonly url: string;
  private readonly server: string;

  private constructor(server: string, url: string) {
    this.server = server;
    this.url = url;
  }

  /** Creates an empty database for one run. @param server the URL of any database on the server. */
  static async create(server: string): Promise<Outbox> {
    const name = `chaos_${randomBytes(6).toString('hex')}`;
    await query(server, `CREATE DATABASE ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    return new Outbox(server, url.href);
  }

  async drop(): Promise<void> {
    await query(this.server, `DROP DATABASE ${new URL(this.url).pathname.slice(1)} WITH (FORCE)`);
  }

  /** Records every removal from now on. The service's migrations have to be applied already. */
  async recordRemovals(): Promise<void> {
    for (const statement of RECORDING) await query(this.url, statement);
  }

  /** @param on the connection to use; by default a new one. */
  sessions(on?: pg.Client): Promise<RelaySession[]> {
    const sql = `
      SELECT pid, application_name AS relay, count(*) FILTER (WHERE classid = ${BUCKET_LOCKS})::int AS buckets
      FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE ${OURS} AND classid IN (${BUCKET_LOCKS}, ${MEMBER_LOCKS}) GROUP BY pid, application_name ORDER BY relay, pid`;
    return on ? on.query<RelaySession>(sql).then(({ rows }) => rows) : query<RelaySession>(this.url, sql);
  }

  /** @throws NotInTime when the relays do not own all buckets among them. */
  async waitUntilShared(relays: number): Promise<void> {
    await waitUntil(`${relays} relays share all buckets`, 20_000, async () => {
      const owners = (await this.sessions()).filter(({ buckets }) => buckets > 0);
      const owned = owners.reduce((sum, { buckets }) => sum + buckets, 0);
      return owners.length === relays && owned === BUCKETS ? true : undefined;
    });
  }

  /** Ends a session and waits until it is gone. @returns whether the session existed. */
  async terminate(pid: number, on?: pg.Client): Promise<boolean> {
    const sql = 'SELECT pg_terminate_backend($1, 5000) AS done';
    const rows = on
      ? (await on.query<{ done: boolean }>(sql, [pid])).rows
      : await query<{ done: boolean }>(this.url, sql, [pid]);
    return rows[0]?.done === true;
  }

  /** Counts the events removed from the outbox so far, parked ones included. */
  async countRemoved(): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed')).n;
  }

  /** Counts the events removed by sessions that did not own the bucket. */
  async countRemovedByNonOwners(): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed WHERE NOT owned')).n;
  }

  /** Counts the events removed by one session. */
  async countRemovedBy(pid: number): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed WHERE pid = $1', [pid])).n;
  }

  /** Waits until every event that waits now has been published. @throws NotInTime */
  async waitUntilPublished(milliseconds: number): Promise<void> {
    const begun = performance.now();
    const { last } = await waitUntil('the database answers', milliseconds, () =>
      this.one<{ last: string | null }>(`SELECT max(position) AS last FROM (${WAITING}) AS waiting`),
    );
    const left = milliseconds - (performance.now() - begun);
    let waiting = 0;
    try {
      await waitUntil('no event waits', left, async () => {
        const sql = `SELECT count(*)::int AS n FROM (${WAITING}) AS waiting WHERE position <= $1`;
        waiting = (await this.one<{ n: number }>(sql, [last])).n;
        return waiting === 0 ? true : undefined;
      });
    } catch (error) {
      throw new NotInTime(`${waiting} events still wait to be published`, milliseconds, error);
    }
  }

  async one<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row> {
    const [row] = await query<Row>(this.url, sql, values);
    if (!row) throw new Error(`The query returned no row: ${sql}`);
    return row;
  }

  all<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.url, sql, values);
  }
}
