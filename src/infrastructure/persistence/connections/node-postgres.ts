import type pg from 'pg';
import type { ClientBase, Connection, Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';

/**
 * client.query() by its callback. With the promise that it gives otherwise, ten times as much of what requests had made was seen to
 * live on until the next full collection of garbage (docs/decisions/0019).
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
 * Whether a pooler stands between: it gives each client a process id of its own, and not the server's.
 * @param client one that is connected.
 */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  // Not among its types.
  const { processID } = client as pg.Client & { readonly processID: number };
  return rows[0]?.pid !== processID;
}

const LOOK_EVERY_MS = 500;

/**
 * Closes connections that somebody has been using for too long, so that whoever waits on them learns of it: a server that
 * is frozen or cut off can cancel nothing. One timer for all. node-postgres's query_timeout sets one for each statement,
 * and with them a collection of garbage took three times as long, and the process half as much memory again.
 */
export function closeSilentConnections(pool: Pool, milliseconds: number): void {
  const usedSince = new Map<PoolClient, number>();
  pool.on('acquire', (client) => usedSince.set(client, performance.now()));
  pool.on('release', (_error, client) => usedSince.delete(client));
  const timer = setInterval(() => {
    if (pool.ended) clearInterval(timer);
    for (const [client, since] of usedSince) {
      // end() would wait for the answers to come.
      if (performance.now() - since > milliseconds) connectionOf(client).stream.destroy();
    }
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** Its type is told for clients outside of a pool alone. */
export function connectionOf(client: PoolClient): Connection {
  return (client as PoolClient & { readonly connection: Connection }).connection;
}
