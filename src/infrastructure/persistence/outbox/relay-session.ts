import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { BucketOwnership } from './bucket-ownership.ts';
import type { LowWaterMark } from './low-water-mark.ts';
import type { RelayConnection } from './relay-connection.ts';

/** One connection, with its buckets and the messages in flight. They end together, because advisory locks belong to the session. */
export type RelaySession = {
  readonly connection: RelayConnection;
  readonly ownership: BucketOwnership;
  /** The messages in flight, each with its bucket. */
  readonly inFlight: Map<QueuedMessage, number>;
  readonly mark: LowWaterMark;
  /** Whether a message may be parked, so that fetches have to look. */
  isAnyParked: boolean;
  /** Number of messages that this relay has parked. A look that began before the last parking is outdated. */
  parks: number;
  paused: boolean;
  /** The time of the last look, in milliseconds of the process's monotonic clock. */
  lookedAround: number;
  startedOver: number;
  /** Whether the connection is lost or closed. Its locks are then free, and another relay may own the messages. */
  isLost: boolean;
};

/** Hands over the buckets that the relay gives up, as far as none of their messages is in flight. */
export async function giveAwayLeaving({ ownership, inFlight }: RelaySession): Promise<void> {
  if (ownership.isLeaving) await ownership.giveAway(new Set(inFlight.values()));
}
