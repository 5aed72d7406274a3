import { messageOf } from '#application/messages/opportunity-events-v1';
import { storedHeaders } from '#infrastructure/persistence/outbox/stored-headers';
import { bucketOf } from '#infrastructure/persistence/outbox/outbox-tables';
import { anOpportunity } from '../../tests/support/opportunities/an-opportunity.ts';
import { query } from '../databases.ts';

/** Number of keys in a usual backlog. */
export const MANY_KEYS = 5000;

const KEY = uuid(0xffff, 1);
const ID = uuid(0xffff, 2);
/** A message as the outbox stores it, and as it is on the topic: both have the same headers. */
export type StoredMessage = {
  readonly id: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
};

/** A message as the service writes it. Its key and its id are placeholders. */
const SAMPLE = storedMessage();

export const VALUE_BYTES = Buffer.byteLength(SAMPLE.payload);

/** Makes the message with this number: the same that `fillOutbox` writes, so that raw clients send what relays read. */
export function record(number: number, keys: number): StoredMessage {
  const [id, key] = [idOf(number), keyOf(number % keys)];
  const headers = Object.entries(SAMPLE.headers).map(([name, text]) => [name, replaced(text, id, key)] as const);
  return { id, key, headers: Object.fromEntries(headers), payload: replaced(SAMPLE.payload, id, key) };
}

/** Writes events to the outbox in one transaction, so that all of them wait at once. */
export function fillOutbox(database: string, events: number, keys: number): Promise<void> {
  return fillTable(database, FILL, events, keys);
}

const FILL = /* sql */ `
  INSERT INTO outbox (bucket, id, key, headers, payload)
  SELECT bucket, id::uuid, key, headers, payload FROM events ORDER BY number`;

/** @param insert an INSERT that selects from `events`: number, id, key, bucket, headers, payload. */
export async function fillTable(database: string, insert: string, events: number, keys: number): Promise<void> {
  const all = Array.from({ length: keys }, (_, number) => keyOf(number));
  const values = [all, all.map(bucketOf), events, keys, JSON.stringify(SAMPLE.headers), SAMPLE.payload, KEY, ID];
  await query(database, EVENTS + insert, values);
}

// Keys and buckets are parameters, because only the service's own code computes a key's bucket.
const EVENTS = /* sql */ `
  WITH events AS NOT MATERIALIZED (
    SELECT number, bucket, id, key, replace(replace($5, $7, key), $8, id)::jsonb AS headers,
      replace(replace($6, $7, key), $8, id) AS payload
    FROM generate_series(0, $3::int - 1) AS number
      JOIN unnest($1::text[], $2::smallint[]) WITH ORDINALITY AS keys(key, bucket, place) ON place = 1 + number % $4::int,
      LATERAL (SELECT '01900000-0001-7000-8000-' || lpad(to_hex(number), 12, '0') AS id) AS ids
  )`;

function storedMessage(): StoredMessage {
  const { id, key, attributes, payload } = messageOf(anOpportunity({ id: KEY }).created, ID);
  return { id, key, headers: storedHeaders(attributes), payload };
}

function replaced(text: string, id: string, key: string): string {
  return text.replaceAll(KEY, key).replaceAll(ID, id);
}

function keyOf(number: number): string {
  return uuid(0, number);
}

function idOf(number: number): string {
  return uuid(1, number);
}

function uuid(group: number, number: number): string {
  return `01900000-${group.toString(16).padStart(4, '0')}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
