import type { OutboxOverview, OutboxStatus, Retained } from '#application/ports/operations/outbox-overview';
import type { EventSummary } from '#application/ports/operations/parked-messages';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { SqliteOutboxHealth } from './sqlite-health.ts';
import { parkedKeys, SUMMARY, summaryOf, type SummaryRow } from './sqlite-parked-messages.ts';
import { pauseIn } from './sqlite-relay-pause.ts';

const COUNTS = `
  SELECT
    (SELECT count(*) FROM outbox) AS waiting,
    (SELECT count(*) FROM outbox_parked WHERE refusal IS NOT NULL) AS parkedKeys,
    (SELECT count(*) FROM outbox_published WHERE published_at > ?) AS publishedLastMinute,
    (SELECT count(*) FROM outbox_published) AS retained,
    (SELECT min(published_at) FROM outbox_published) AS first,
    (SELECT max(published_at) FROM outbox_published) AS last`;

type Counts = {
  readonly waiting: number;
  readonly parkedKeys: number;
  readonly publishedLastMinute: number;
  readonly retained: number;
  readonly first: number | null;
  readonly last: number | null;
};

const WAITING = `SELECT ${SUMMARY} FROM outbox WHERE ?1 IS NULL OR key = ?1 ORDER BY position LIMIT ?2`;

/** Shows one relay at most, because one relay owns the whole outbox. A file does not tell which process it is. */
export class SqliteOutboxOverview implements OutboxOverview {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly isOwned: () => boolean;
  private readonly retains: boolean;

  /**
   * @param isOwned tells whether a relay owns the outbox.
   * @param retains whether published messages are stored in another table.
   */
  constructor(database: SqliteDatabase, clock: Clock, isOwned: () => boolean, retains: boolean) {
    this.database = database;
    this.clock = clock;
    this.isOwned = isOwned;
    this.retains = retains;
  }

  async status(parked: number): Promise<OutboxStatus> {
    const now = this.clock.now();
    const counts = this.database.get<Counts>(COUNTS, now.getTime() - 60_000);
    const { waiting = 0, parkedKeys: keys = 0, publishedLastMinute = 0 } = counts ?? {};
    const { oldestSeconds } = await new SqliteOutboxHealth(this.database, this.clock).backlog();
    const isOwned = this.isOwned();
    return {
      waiting,
      oldestSeconds: waiting === 0 ? null : oldestSeconds,
      publishedLastMinute: this.retains ? publishedLastMinute : null,
      relays: isOwned ? [{ owner: null, address: null, connectedAt: null, shares: 1 }] : [],
      unownedShares: isOwned ? [] : [0],
      parked: parkedKeys(this.database, now, null, parked),
      parkedKeys: keys,
      pause: pauseIn(this.database) ?? null,
      retained: counts ? retainedIn(counts) : null,
    };
  }

  async waiting({ key, limit }: { readonly key: string | undefined; readonly limit: number }): Promise<EventSummary[]> {
    const now = this.clock.now();
    return this.database.all<SummaryRow>(WAITING, key ?? null, limit).map((row) => summaryOf(row, now));
  }
}

function retainedIn({ retained: count, first, last }: Counts): Retained | null {
  if (first === null || last === null) return null;
  return { count, isEstimate: false, from: new Date(first), to: new Date(last) };
}
