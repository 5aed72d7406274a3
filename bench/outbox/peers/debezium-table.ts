const TYPE = ['type', 'ce_type'] as const;

/** The columns that the event router puts into headers, and their names there. The id it sends by itself, as `id`. */
export const DEBEZIUM_HEADERS = {
  /** With the id, our nine. */
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
  /** What its documentation shows. */
  outbox_debezium_two: [TYPE],
} as const;

export type DebeziumTable = keyof typeof DEBEZIUM_HEADERS;

/** As the event router expects it. */
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
