const TYPE = ['type', 'ce_type'] as const;

/** Columns that the event router puts into headers, and the headers' names. The router always sends the header `id`. */
export const DEBEZIUM_HEADERS = {
  /** With the id, these are the nine headers of the service. */
  outbox_debezium: [
    TYPE,
    ['specversion', 'ce_specversion'],
    ['source', 'ce_source'],
    ['subject', 'ce_subject'],
    ['time', 'ce_time'],
    ['dataschema', 'ce_dataschema'],
    ['sequence', 'ce_sequence'],
    ['contenttype', 'content-type'],
  ],
  /** The headers that Debezium's documentation shows. */
  outbox_debezium_two: [TYPE],
} as const;

export type DebeziumTable = keyof typeof DEBEZIUM_HEADERS;

/** The statement that creates a table for the event router. */
export function createTable(table: DebeziumTable): string {
  const headers = DEBEZIUM_HEADERS[table].map(([column]) => `, ${column} text NOT NULL`);
  return `CREATE TABLE ${table} (
    id uuid PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL, payload text NOT NULL${headers.join('')}
  )`;
}

export function insertInto(table: DebeziumTable): string {
  const columns = DEBEZIUM_HEADERS[table].map(([column]) => column);
  return `INSERT INTO ${table} (${['id', 'aggregatetype', 'aggregateid', 'payload', ...columns].join(', ')})`;
}
