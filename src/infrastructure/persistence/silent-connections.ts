import type { Connection, Pool, PoolClient } from 'pg';

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
