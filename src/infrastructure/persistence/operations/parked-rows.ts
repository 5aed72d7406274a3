import type { EventSummary, ParkedKey } from '#application/ports/operations/parked-messages';
import { PARKED_HEADS } from '../outbox/outbox-tables.ts';
import { storedName } from '../outbox/stored-headers.ts';

/** Columns of an EventSummary. */
export const SUMMARY = `
  id, headers ->> '${storedName('type')}' AS type, key, octet_length(payload) AS "payloadBytes", created_at AS "createdAt",
  extract(epoch FROM clock_timestamp() - created_at)::float8 AS "ageSeconds"`;

/** Columns and conditions of a ParkedKey. The statement needs a WITH query named "head", which gives the oldest parked rows. */
export const PARKED_KEY = `
  SELECT ${SUMMARY}, refusal, parked_at AS "parkedAt",
    (SELECT count(*)::int - 1 FROM outbox_parked AS each WHERE each.key = head.key) AS behind
  FROM head WHERE refusal IS NOT NULL ORDER BY key LIMIT $1`;

/** Selects the first parked keys, as many as $1 says, or all when it is null. */
export const PARKED_KEYS = `${PARKED_HEADS} ${PARKED_KEY}`;

/** A row as PARKED_KEY selects it. */
export type ParkedRow = Omit<ParkedKey, 'event'> & EventSummary;

export function parkedKeys(rows: readonly ParkedRow[]): ParkedKey[] {
  return rows.map(({ refusal, parkedAt, behind, ...event }) => ({ event, refusal, parkedAt, behind }));
}
