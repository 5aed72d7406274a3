import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';

/**
 * client.query() by its callback. With the promise that it gives otherwise, ten times as much of what requests had made was seen to
 * live on until the next full collection of garbage (docs/adr/0019).
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
