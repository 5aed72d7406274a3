import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { query } from '../../../tests/support/test-database.ts';
import { NotInTime, until } from '../wait-until.ts';

/** First keys of the relays' advisory locks: on buckets, and the one that each shares while it is there. */
const BUCKET_LOCKS = 2828;
const MEMBER_LOCKS = 2829;
export const BUCKETS = 64;

const OURS = `locktype = 'advisory' AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Notes who removes what from the outbox, and whether it holds the lock on the bucket at that moment. */
const WITNESS = [
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

/** A session that relays through its locks. Each relay connects under a name of its own. */
export type RelaySession = { readonly pid: number; readonly relay: string; readonly buckets: number };

/** The outbox of one run, seen from the database's side. */
export class Outbox {
  readonly url: string;
  private readonly server: string;

  private constructor(server: string, url: string) {
    this.server = server;
    this.url = url;
  }

  /** A database of its own, empty. @param server any database of the server, to connect to. */
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

  /** From now on all removals are noted. The table must be there. */
  async watch(): Promise<void> {
    for (const statement of WITNESS) await query(this.url, statement);
  }

  sessions(on?: pg.Client): Promise<RelaySession[]> {
    const sql = `
      SELECT pid, application_name AS relay, count(*) FILTER (WHERE classid = ${BUCKET_LOCKS})::int AS buckets
      FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE ${OURS} AND classid IN (${BUCKET_LOCKS}, ${MEMBER_LOCKS}) GROUP BY pid, application_name ORDER BY relay, pid`;
    return on ? on.query<RelaySession>(sql).then(({ rows }) => rows) : query<RelaySession>(this.url, sql);
  }

  /** Until all buckets are shared by so many relays. */
  async shared(relays: number): Promise<void> {
    await until(`${relays} relays share all buckets`, 20_000, async () => {
      const owners = (await this.sessions()).filter(({ buckets }) => buckets > 0);
      const owned = owners.reduce((sum, { buckets }) => sum + buckets, 0);
      return owners.length === relays && owned === BUCKETS ? true : undefined;
    });
  }

  /** Ends a session, and waits until it is gone. @returns whether there was such a session to end. */
  async terminate(pid: number, on?: pg.Client): Promise<boolean> {
    const sql = 'SELECT pg_terminate_backend($1, 5000) AS done';
    const rows = on
      ? (await on.query<{ done: boolean }>(sql, [pid])).rows
      : await query<{ done: boolean }>(this.url, sql, [pid]);
    return rows[0]?.done === true;
  }

  /** How many events were taken from the outbox so far, those that were parked included. */
  async removed(): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed')).n;
  }

  /** How many of them were taken by a session that did not own the bucket. */
  async removedByStrangers(): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed WHERE NOT owned')).n;
  }

  /** How many of them a session took in all. */
  async removedBy(pid: number): Promise<number> {
    return (await this.one<{ n: number }>('SELECT count(*)::int AS n FROM chaos_removed WHERE pid = $1', [pid])).n;
  }

  /** Until nothing waits that waits now. @throws NotInTime */
  async published(milliseconds: number): Promise<void> {
    const begun = performance.now();
    const { last } = await until('the database answers', milliseconds, () =>
      this.one<{ last: string | null }>(`SELECT max(position) AS last FROM (${WAITING}) AS waiting`),
    );
    const left = milliseconds - (performance.now() - begun);
    let waiting = 0;
    try {
      await until('nothing waits', left, async () => {
        const sql = `SELECT count(*)::int AS n FROM (${WAITING}) AS waiting WHERE position <= $1`;
        waiting = (await this.one<{ n: number }>(sql, [last])).n;
        return waiting === 0 ? true : undefined;
      });
    } catch (error) {
      throw new NotInTime(`${waiting} events still wait`, milliseconds, error);
    }
  }

  async one<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row> {
    const [row] = await query<Row>(this.url, sql, values);
    if (!row) throw new Error(`no row: ${sql}`);
    return row;
  }

  all<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.url, sql, values);
  }
}
