import type pg from 'pg';

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
