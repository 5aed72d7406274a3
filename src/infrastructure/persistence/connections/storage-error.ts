import { StorageUnavailable } from '#application/ports/application-error';

/**
 * SQLSTATEs of failures that may pass: lost connections, lack of resources, a shutdown, a time limit, a transaction that was
 * idle for too long, a read-only server during a fail-over, deadlocks and serialisation failures.
 */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P0|57014|25P03|25006|40001|40P01)/;
const UNAVAILABLE_SYSTEM_ERROR = /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;
/** Messages of errors to which node-postgres gives no code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Client was closed/;

/** Turns an error of a database that cannot be reached or is too slow into StorageUnavailable, and returns any other error as it is. */
export function storageError(error: unknown): unknown {
  return isUnavailable(error) ? new StorageUnavailable('The database does not answer.', { cause: error }) : error;
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SYSTEM_ERROR.test(code)) return true;
  if (UNAVAILABLE_MESSAGE.test(error.message)) return true;
  return error instanceof AggregateError ? error.errors.some(isUnavailable) : isUnavailable(error.cause);
}
