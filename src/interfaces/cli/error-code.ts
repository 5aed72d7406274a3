/** Of the first of an error's causes that has one: ECONNREFUSED, an SQLSTATE and the like. Messages may hold anything. */
export function errorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^[A-Z0-9_]{2,60}$/.test(cause.code)) return cause.code;
    if (/timeout/i.test(cause.message)) return 'ETIMEDOUT';
  }
  return undefined;
}
