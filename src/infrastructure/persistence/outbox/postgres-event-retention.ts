import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventRetention } from '#application/ports/outbox/retained-events';
import { storageError } from '../connections/storage-error.ts';

/** Rows in one transaction, of some 20 milliseconds. */
const AT_ONCE = 1000;

/** Milliseconds after which the search begins at the oldest row again: another relay may have ended with its part undone. */
const FROM_THE_START_MS = 3_600_000;

/**
 * From where the last batch ended: rows that are removed and not vacuumed lie before it, very many perhaps. What another
 * relay removes at the moment is passed over.
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

/** The rows of outbox_published, on the ORM's pool: the relay's own connection is not kept waiting. */
export class PostgresEventRetention implements EventRetention {
  private readonly orm: MikroORM;
  private readonly retentionHours: number;
  /** When the last row that was removed had been published; as text, since a Date has no microseconds. */
  private last = '-infinity';
  /** Seconds before it that are searched again: what was locked then, and what became visible late. */
  private overlap = 0;
  private startedOver = performance.now();

  /** @param retentionHours 0: nothing is kept, and what was kept before goes. */
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
