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

function parse(text: string): Snapshot | undefined {
  const [, xmin, xmax, open] = TEXT.exec(text) ?? [];
  if (xmin === undefined || xmax === undefined || open === undefined) return undefined;
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), open: open === '' ? [] : open.split(',').map(BigInt) };
}
