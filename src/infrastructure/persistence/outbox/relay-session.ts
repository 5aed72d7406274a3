import type { Logger } from '#application/ports/operations/logger';
import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BucketOwnership } from './bucket-ownership.ts';
import type { LowWaterMark } from './low-water-mark.ts';
import type { RelayConnection } from './relay-connection.ts';

const PARK = `
  WITH gone AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING *)
  INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
  SELECT position, bucket, id, key, headers, payload, created_at, $2::text FROM gone
  RETURNING id, key`;

/** One connection, with its buckets and the messages in flight. They end together, because advisory locks belong to the session. */
export type RelaySession = {
  readonly connection: RelayConnection;
  readonly ownership: BucketOwnership;
  /** The messages in flight, each with its bucket. */
  readonly inFlight: Map<QueuedMessage, number>;
  readonly mark: LowWaterMark;
  parkedKeys: Set<string>;
  /**
   * Number of messages that this relay has parked. A list of parked keys that was read before the last parking is
   * outdated.
   */
  parks: number;
  paused: boolean;
  /** The time of the last look, in milliseconds of the process's monotonic clock. */
  lookedAround: number;
  startedOver: number;
  /** Whether the connection is lost or closed. Its locks are then free, and another relay may own the messages. */
  isLost: boolean;
};

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
  const moved = await session.connection.query<{ id: string; key: string }>('park', PARK, [positions, refusal]);
  if (refusal === null) return;
  for (const { id, key } of moved) {
    session.parkedKeys.add(key);
    logger.error(
      { id, key, refusal },
      'an event was parked, and its key waits behind it: docs/operators/outbox-commands.md',
    );
  }
}

/** Hands over the buckets that the relay gives up, as far as none of their messages is in flight. */
export async function giveAwayLeaving({ ownership, inFlight }: RelaySession): Promise<void> {
  if (ownership.isLeaving) await ownership.giveAway(new Set(inFlight.values()));
}
