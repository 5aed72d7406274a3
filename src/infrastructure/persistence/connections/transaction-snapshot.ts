/**
 * SQL that names the history in which a table's transaction ids have a meaning: cluster, timeline (a new one after a
 * fail-over or a recovery to a point in time), database, and table (a new one after a dump was restored). The SQL gives
 * NULL on a standby, which does not know open transactions by id and has no timeline of its own.
 */
export function originOf(table: string): string {
  return `CASE WHEN NOT pg_is_in_recovery() THEN concat_ws('.',
    (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    '${table}'::regclass::oid
  ) END`;
}

/**
 * SQL that tells whether a crash of the server could forget a transaction that the snapshot of this statement counts as
 * finished. A commit with synchronous_commit = off, and every rollback, is finished before its log record (WAL) is on the
 * disk. Recovery then gives the same transaction ids to new transactions, whose changes the snapshot would hide. The
 * server takes the snapshot before it evaluates this SQL, so that the log up to here covers all of the snapshot. It is
 * false on a standby, which has no log of its own.
 */
export const SNAPSHOT_AT_RISK = `CASE WHEN NOT pg_is_in_recovery()
  THEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() ELSE false END`;

/**
 * A statement that returns when the log up to its beginning is on the disk, whatever synchronous_commit says elsewhere. It
 * stores nothing: its log record is a message for which nobody listens. It must run in a transaction of its own.
 */
export const SECURE_SNAPSHOT = `SELECT set_config('synchronous_commit', 'local', true),
  pg_logical_emit_message(true, 'opportunities', '')`;

/**
 * The largest number of open transactions that a snapshot keeps, because it travels in a URL. In a busier moment, further
 * transactions count as not visible yet. The next snapshot contains them.
 */
const MOST_OPEN = 100;

const TEXT = /^([1-9]\d{0,18}):([1-9]\d{0,18}):((?:[1-9]\d{0,18}(?:,[1-9]\d{0,18})*)?)$/;

/**
 * A snapshot in the form of PostgreSQL (documentation, "pg_snapshot components"): `xmin:xmax:xip,…`. Transactions below xmax
 * are visible unless they are in the list. All transactions in the list are at or above xmin.
 */
type Snapshot = { readonly xmin: bigint; readonly xmax: bigint; readonly open: readonly bigint[] };

/** A snapshot in which nothing is visible. No transaction has the ids 1 and 2. */
export const BEFORE_EVERYTHING = '1:1:';

/** Whether a text is a snapshot from boundedSnapshot(). PostgreSQL can read every such text. */
export function isBoundedSnapshot(text: string): boolean {
  const snapshot = parse(text);
  if (!snapshot) return false;
  const { xmin, xmax, open } = snapshot;
  const ascending = open.every((id, index) => id >= xmin && id < xmax && id > (open[index - 1] ?? 0n));
  return xmin <= xmax && ascending && open.length <= MOST_OPEN;
}

/** Gives the same snapshot or a shorter, earlier one. Everything that is visible in the result is visible in the original. */
export function boundedSnapshot(text: string): string {
  const snapshot = parse(text);
  const firstTooMany = snapshot?.open[MOST_OPEN];
  if (!snapshot || firstTooMany === undefined) return text;
  return `${snapshot.xmin}:${firstTooMany}:${snapshot.open.slice(0, MOST_OPEN).join(',')}`;
}

/** Whether the first snapshot has transactions that the second one cannot know, as when an older copy of the disk was put back. */
export function isAheadOf(given: string, present: string): boolean {
  return (parse(given)?.xmax ?? 0n) > (parse(present)?.xmax ?? 0n);
}

function parse(text: string): Snapshot | undefined {
  const [, xmin, xmax, open] = TEXT.exec(text) ?? [];
  if (xmin === undefined || xmax === undefined || open === undefined) return undefined;
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), open: open === '' ? [] : open.split(',').map(BigInt) };
}
