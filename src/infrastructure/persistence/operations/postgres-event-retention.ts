import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventRetention } from '#application/ports/operations/event-retention';
import { storageError } from '../connections/storage-error.ts';

/** Rows per transaction. One transaction takes about 20 milliseconds. */
const AT_ONCE = 1000;

/** Milliseconds after which the search starts at the oldest row again, because another relay may have ended before it removed its rows. */
const FROM_THE_START_MS = 3_600_000;

/**
 * Starts where the last batch ended, because very many removed rows before that place may not be vacuumed yet. Rows
 * that another relay is removing are skipped.
 */
const REMOVE = `
  WITH old AS MATERIALIZED (
    SELECT ctid FROM outbox_published
    WHERE published_at >= ?::timestamptz - ? * interval '1 second'
      AND published_at < now() - ? * interval '1 hour'
    ORDER BY published_at, position LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM outbox_published WHERE ctid = ANY(ARRAY(SELECT ctid FROM old)) RETURNING published_at
  )
  SELECT count(*)::int AS count, max(published_at)::text AS last FROM gone`;

/** Removes rows of outbox_published through the ORM's pool, so that the relay's own connection does not wait. */
export class PostgresEventRetention implements EventRetention {
  private readonly orm: MikroORM;
  private readonly retentionHours: number;
  /** Publication time of the row that was removed last. It is a text, because a Date has no microseconds. */
  private last = '-infinity';
  /** Seconds before the time `last` that are searched again for rows that were locked or became visible late. */
  private overlap = 0;
  private startedOver = performance.now();

  /** @param retentionHours 0 means that nothing is retained, and that rows which were retained before are removed. */
  constructor(orm: MikroORM, retentionHours: number) {
    this.orm = orm;
    this.retentionHours = retentionHours;
  }

  async removeOld(): Promise<boolean> {
    if (performance.now() - this.startedOver >= FROM_THE_START_MS) {
      this.last = '-infinity';
      this.startedOver = performance.now();
    }
    const { count, last } = await this.remove();
    const isFull = count === AT_ONCE;
    this.last = last ?? this.last;
    this.overlap = isFull ? 0 : 60;
    return isFull;
  }

  private async remove(): Promise<{ count: number; last: string | null }> {
    try {
      return await this.orm.em
        .getConnection()
        .execute<{ count: number; last: string | null }>(REMOVE, [this.last, this.overlap, this.retentionHours], 'get');
    } catch (error) {
      throw storageError(error);
    }
  }
}
