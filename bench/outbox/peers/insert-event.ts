import { bucketOf } from '#infrastructure/persistence/outbox/outbox-tables';
import { DEBEZIUM_HEADERS, type DebeziumTable, insertInto } from './debezium-table.ts';
import type { StoredMessage } from '../records.ts';
import type { PeerTable } from './peer.ts';

/** The statement that writes one event to each table. */
export const INSERT_EVENT: Readonly<
  Record<PeerTable, { readonly text: string; readonly values: (message: StoredMessage) => unknown[] }>
> = {
  outbox: {
    text: 'INSERT INTO outbox (bucket, id, key, headers, payload) VALUES ($1, $2, $3, $4, $5)',
    values: ({ id, key, headers, payload }) => [bucketOf(key), id, key, JSON.stringify(headers), payload],
  },
  outbox_debezium: intoDebezium('outbox_debezium'),
  outbox_debezium_two: intoDebezium('outbox_debezium_two'),
  outbox_pg_transactional: {
    text: `INSERT INTO outbox_pg_transactional (id, aggregate_type, aggregate_id, message_type, segment, payload, metadata)
      VALUES ($1, $2, $3, $4, $3, $5, $6)`,
    values: ({ id, key, headers, payload }) => [
      ...[id, 'opportunity', key, headers['ce_type'], payload, JSON.stringify(headers)],
    ],
  },
};

function intoDebezium(table: DebeziumTable) {
  const headers = DEBEZIUM_HEADERS[table];
  return {
    text: `${insertInto(table)} VALUES ($1, $2, $3, $4${headers.map((_, place) => `, $${place + 5}`).join('')})`,
    values: ({ id, key, headers: values, payload }: StoredMessage) => [
      ...[id, 'opportunity', key, payload],
      ...headers.map(([, name]) => values[name]),
    ],
  };
}
