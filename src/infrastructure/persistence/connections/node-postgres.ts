import type pg from 'pg';
import type { ClientBase, Connection, Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';

/**
 * Runs client.query() with a callback. With the promise that it returns otherwise, measurements found ten times as many
 * objects of each request that survive until the next full garbage collection (docs/decisions/0019).
 */
export function runStatement<Row extends QueryResultRow>(
  client: ClientBase,
  statement: QueryConfig,
): Promise<QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    client.query<Row>(statement, (error: Error | null, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/**
 * Tells whether a pooler stands between this client and the server: a pooler invents a process id for each client.
 * @param client a connected client.
 */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  // The types of node-postgres lack this property.
  const { processID } = client as pg.Client & { readonly processID: number };
  return rows[0]?.pid !== processID;
}

const LOOK_EVERY_MS = 500;

/**
 * Closes connections that were in use for too long, so that their users get an error: a server that is frozen or cut off
 * cannot cancel a statement. One timer serves all connections. query_timeout of node-postgres sets a timer for each
 * statement; with it, garbage collections took three times as long, and the process needed half as much memory again.
 */
export function closeSilentConnections(pool: Pool, milliseconds: number): void {
  const usedSince = new Map<PoolClient, number>();
  pool.on('acquire', (client) => usedSince.set(client, performance.now()));
  pool.on('release', (_error, client) => usedSince.delete(client));
  const timer = setInterval(() => {
    if (pool.ended) clearInterval(timer);
    for (const [client, since] of usedSince) {
      // end() would wait for the server's responses.
      if (performance.now() - since > milliseconds) connectionOf(client).stream.destroy();
    }
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** The socket of a client. The types of node-postgres name it only for clients outside of a pool. */
export function connectionOf(client: PoolClient): Connection {
  return (client as PoolClient & { readonly connection: Connection }).connection;
}
