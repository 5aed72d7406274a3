import type { Logger } from '#application/ports/operations/logger';
import { type OutboxBatch, OwnershipLost, type QueuedMessage } from '#application/ports/outbox/outbox-batch';
import { moveToParked } from './parking.ts';
import { giveAwayLeaving, type RelaySession } from './relay-session.ts';
import { storedName } from './stored-headers.ts';

const ACKNOWLEDGE = 'DELETE FROM outbox WHERE position = ANY($1::bigint[])';

// A replay is published a second time but retained only once.
const ACKNOWLEDGE_AND_KEEP = `
  WITH gone AS (${ACKNOWLEDGE} RETURNING *)
  INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
  SELECT position, bucket, id, key, headers, payload, created_at, now() FROM gone
  WHERE NOT headers ? '${storedName('replayedat')}'`;

/**
 * Settles messages on the connection that holds the locks of their buckets, so a relay that has lost its locks for any
 * reason cannot remove messages either.
 */
export class PostgresOutboxBatch implements OutboxBatch {
  readonly messages: readonly QueuedMessage[];
  private readonly session: RelaySession;
  private readonly keepsPublished: boolean;
  private readonly logger: Logger;

  /** @param keepsPublished whether published messages are retained in another table. */
  constructor(messages: readonly QueuedMessage[], session: RelaySession, keepsPublished: boolean, logger: Logger) {
    this.messages = messages;
    this.session = session;
    this.keepsPublished = keepsPublished;
    this.logger = logger;
  }

  holds(): boolean {
    return this.areInFlight(this.messages);
  }

  async acknowledge(messages: readonly QueuedMessage[]): Promise<void> {
    const { session } = this;
    const buckets = this.land(messages);
    const positions = messages.map(({ position }) => position);
    const bookkeeping = session.ownership.movedOn(buckets);
    const removed = this.keepsPublished
      ? session.connection.query('acknowledge, and keep', ACKNOWLEDGE_AND_KEEP, [positions])
      : session.connection.query('acknowledge', ACKNOWLEDGE, [positions]);
    await Promise.all([removed, bookkeeping, giveAwayLeaving(session)]);
  }

  putBack(messages: readonly QueuedMessage[]): void {
    const { session } = this;
    const ours = messages.filter((message) => session.inFlight.has(message));
    if (session.isLost || ours.length === 0) return;
    const buckets = this.land(ours);
    for (const { position } of ours) session.mark.putBack(BigInt(position));
    // A failure means that the connection is lost, which the next fetch reports.
    session.ownership.acquit(buckets).catch(() => undefined);
    giveAwayLeaving(session).catch(() => undefined);
  }

  async park(message: QueuedMessage, refusal: string): Promise<void> {
    const { session } = this;
    const buckets = this.land([message]);
    await moveToParked(session, [message.position], refusal, this.logger);
    await session.ownership.movedOn(buckets);
  }

  private areInFlight(messages: readonly QueuedMessage[]): boolean {
    const { isLost, inFlight } = this.session;
    return !isLost && messages.every((message) => inFlight.has(message));
  }

  /**
   * Takes the messages out of the air.
   * @returns the buckets of the messages.
   * @throws OwnershipLost when any of the messages is not in flight.
   */
  private land(messages: readonly QueuedMessage[]): Set<number> {
    if (!this.areInFlight(messages)) throw new OwnershipLost();
    const { inFlight } = this.session;
    const buckets = new Set<number>();
    for (const message of messages) {
      const bucket = inFlight.get(message);
      if (bucket !== undefined) buckets.add(bucket);
      inFlight.delete(message);
    }
    return buckets;
  }
}
