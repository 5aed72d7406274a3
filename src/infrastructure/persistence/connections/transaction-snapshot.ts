/**
 * SQL for in which history of a table transaction ids mean anything: cluster, timeline (another one after a fail-over and
 * after a recovery to a point in time), database, table (another one after a dump was restored). NULL on a standby, which
 * does not know its open transactions by id, and has no timeline of its own.
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
 * A snapshot keeps the ids of at most so many open transactions, for it travels in a URL. What a busier moment adds is
 * taken for not visible yet: the next snapshot has it.
 */
const MOST_OPEN = 100;

const TEXT = /^([1-9]\d{0,18}):([1-9]\d{0,18}):((?:[1-9]\d{0,18}(?:,[1-9]\d{0,18})*)?)$/;

/**
 * A snapshot as PostgreSQL writes it (documentation, "pg_snapshot components"): `xmin:xmax:xip,…`. Visible are the
 * transactions below xmax that are not in the list; all in the list are at or above xmin.
 */
type Snapshot = { readonly xmin: bigint; readonly xmax: bigint; readonly open: readonly bigint[] };

/** In which nothing is visible. No transaction has the ids 1 and 2. */
export const BEFORE_EVERYTHING = '1:1:';

/** Whether it is a snapshot that boundedSnapshot() gave: then PostgreSQL can read it, too. */
export function isBoundedSnapshot(text: string): boolean {
  const snapshot = parse(text);
  if (!snapshot) return false;
  const { xmin, xmax, open } = snapshot;
  const ascending = open.every((id, index) => id >= xmin && id < xmax && id > (open[index - 1] ?? 0n));
  return xmin <= xmax && ascending && open.length <= MOST_OPEN;
}

/** The same snapshot, or an earlier one that is short enough: nothing is visible in it that is not visible in both. */
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
