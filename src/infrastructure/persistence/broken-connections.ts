import type { Pool, PoolClient } from 'pg';

/**
 * Gives the pool back what it would lose: Kysely releases a transaction's connection only after a COMMIT or ROLLBACK
 * that succeeds, so each connection that dies inside a transaction would take a place in the pool for ever.
 * A connection that merely hangs ends too, at the latest by the server's idle_in_transaction_session_timeout; until
 * then nobody else may use it, because its transaction may still be open.
 */
export function releaseBrokenConnections(pool: Pool): void {
  const checkedOut = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => checkedOut.add(client));
  pool.on('release', (_error, client) => checkedOut.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      // Whoever waits for an answer on it learns of the end first, and may release it.
      setImmediate(() => {
        if (checkedOut.has(client)) client.release(true);
      });
    });
  });
}
