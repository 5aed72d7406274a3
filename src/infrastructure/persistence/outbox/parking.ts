import type { Logger } from '#application/ports/operations/logger';
import type { RelaySession } from './relay-session.ts';

const PARK = `
  WITH gone AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING *)
  INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
  SELECT position, bucket, id, key, headers, payload, created_at, $2::text FROM gone
  RETURNING id, key`;

/** Rows that one look moves back into the outbox. More of them would keep the messages of other keys waiting. */
const UNPARKED_AT_ONCE = 1000;

// The rows keep their positions, so that they come before all messages that were written since. Of each key the oldest
// rows go first; when some are left, the oldest of those is marked as freed in turn.
const UNPARK = `
  WITH freed AS (
    SELECT key FROM outbox_parked WHERE freed_at IS NOT NULL AND bucket = ANY($1::int[])
    ORDER BY position LIMIT ${UNPARKED_AT_ONCE}
  ), oldest AS (
    SELECT its.position FROM freed, LATERAL (
      SELECT position FROM outbox_parked AS each WHERE each.key = freed.key ORDER BY position LIMIT ${UNPARKED_AT_ONCE}
    ) AS its
    ORDER BY position LIMIT ${UNPARKED_AT_ONCE}
  ), back AS (
    DELETE FROM outbox_parked USING oldest WHERE outbox_parked.position = oldest.position RETURNING outbox_parked.*
  ), moved AS (
    INSERT INTO outbox (position, bucket, id, key, headers, payload, created_at) OVERRIDING SYSTEM VALUE
    SELECT position, bucket, id, key, headers, payload, created_at FROM back
  ), rest AS (
    UPDATE outbox_parked SET freed_at = clock_timestamp()
    WHERE position IN (
      SELECT (
        SELECT position FROM outbox_parked AS each
        WHERE each.key = its.key AND each.position > its.last ORDER BY position LIMIT 1
      ) FROM (SELECT key, max(position) AS last FROM back GROUP BY key) AS its
    )
  )
  SELECT count(*)::int AS events, count(DISTINCT key)::int AS keys, min(position)::text AS first FROM back`;

type Unparked = { readonly events: number; readonly keys: number; readonly first: string | null };

/**
 * Moves messages from the outbox to the table of parked messages.
 * @param refusal the broker's reason; null for messages that go behind a refused message of their key.
 */
export async function moveToParked(
  session: RelaySession,
  positions: readonly string[],
  refusal: string | null,
  logger: Logger,
): Promise<void> {
  session.parks += 1;
  session.isAnyParked = true;
  const moved = await session.connection.query<{ id: string; key: string }>('park', PARK, [positions, refusal]);
  if (refusal === null) return;
  for (const { id, key } of moved)
    logger.error(
      { id, key, refusal },
      'an event was parked, and its key waits behind it: docs/operators/outbox-commands.md',
    );
}

/** Moves messages back into the outbox when an operator has retried or discarded the first message of their key. */
export async function moveFreedBack({ connection, ownership, mark }: RelaySession, logger: Logger): Promise<void> {
  const owned = [...ownership.sound, ...ownership.suspicious];
  const [back] = await connection.query<Unparked>('unpark', UNPARK, [owned]);
  if (!back || back.first === null) return;
  mark.putBack(BigInt(back.first));
  logger.info({ events: back.events, keys: back.keys }, 'parked events wait for publication again');
}
