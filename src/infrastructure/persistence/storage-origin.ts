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
