import type { OutboxOverview, OutboxStatus, RelaySeen, Retained } from '#application/ports/operations/outbox-overview';
import type { EventSummary } from '#application/ports/operations/parked-messages';
import type { Pause } from '#application/ports/operations/relay-pause';
import type { OperatorConnection } from '../connections/operator-connection.ts';
import { BUCKET_LOCKS, MEMBER_LOCKS } from '../outbox/bucket-ownership.ts';
import { BUCKETS, PARKED_HEADS } from '../outbox/outbox-tables.ts';
import { PARKED_KEYS, parkedKeys, type ParkedRow, SUMMARY } from './parked-rows.ts';

/** Retained messages are counted up to this number. Beyond it, the planner's estimate is enough. */
const COUNTED = 100_000;

const BACKLOG = `
  SELECT
    (SELECT count(*)::int FROM outbox) AS waiting,
    (
      SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY position LIMIT 1
    ) AS "oldestSeconds"`;

const PUBLISHED_LAST_MINUTE = `
  SELECT count(*)::int AS count FROM outbox_published WHERE published_at > clock_timestamp() - interval '1 minute'`;

// Both parts read the same list of locks, so that a bucket which changes its owner meanwhile is not counted twice.
const RELAYS = `
  WITH locks AS MATERIALIZED (
    SELECT classid, objid, pid FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid IN (${BUCKET_LOCKS}, ${MEMBER_LOCKS})
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT
    (SELECT owner FROM outbox_bucket JOIN locks AS its ON its.classid = ${BUCKET_LOCKS} AND its.objid = bucket
     WHERE its.pid = member.pid AND owner IS NOT NULL LIMIT 1) AS owner,
    host(client_addr) AS address,
    backend_start AS "connectedAt",
    ARRAY(SELECT objid::int FROM locks AS its WHERE its.classid = ${BUCKET_LOCKS} AND its.pid = member.pid) AS buckets
  FROM locks AS member LEFT JOIN pg_stat_activity USING (pid)
  WHERE member.classid = ${MEMBER_LOCKS}
  ORDER BY owner, backend_start`;

const PAUSE = 'SELECT since, reason FROM outbox_pause';

const RETAINED = `
  SELECT
    (SELECT count(*)::int FROM (SELECT FROM outbox_published LIMIT ${COUNTED + 1}) AS counted) AS counted,
    (SELECT reltuples::float8 FROM pg_class WHERE oid = 'outbox_published'::regclass) AS estimate,
    (SELECT published_at FROM outbox_published ORDER BY published_at, position LIMIT 1) AS "from",
    (SELECT published_at FROM outbox_published ORDER BY published_at DESC, position DESC LIMIT 1) AS "to"`;

const WAITING = `
  SELECT ${SUMMARY} FROM outbox WHERE $1::text IS NULL OR key = $1 ORDER BY position LIMIT $2`;

const COUNT_PARKED_KEYS = `
  ${PARKED_HEADS} SELECT count(*)::int AS count FROM head`;

type RelayRow = Omit<RelaySeen, 'shares'> & { readonly buckets: readonly number[] };

type RetainedRow = {
  readonly counted: number;
  readonly estimate: number;
  readonly from: Date | null;
  readonly to: Date | null;
};
/** Reads the tables of the outbox and the locks of the relays. */
export class PostgresOutboxOverview implements OutboxOverview {
  private readonly connection: OperatorConnection;
  private readonly keepsPublished: boolean;

  /** @param keepsPublished whether relays retain published messages. */
  constructor(connection: OperatorConnection, keepsPublished: boolean) {
    this.connection = connection;
    this.keepsPublished = keepsPublished;
  }

  async status(parked: number): Promise<OutboxStatus> {
    const [backlog] = await this.connection.query<{ waiting: number; oldestSeconds: number | null }>(BACKLOG);
    const published = this.keepsPublished ? await this.connection.query<{ count: number }>(PUBLISHED_LAST_MINUTE) : [];
    const relays = await this.connection.query<RelayRow>(RELAYS);
    const owned = new Set(relays.flatMap(({ buckets }) => buckets));
    const [count] = await this.connection.query<{ count: number }>(COUNT_PARKED_KEYS);
    const [pause] = await this.connection.query<Pause>(PAUSE);
    const [kept] = await this.connection.query<RetainedRow>(RETAINED);
    return {
      waiting: backlog?.waiting ?? 0,
      oldestSeconds: backlog?.oldestSeconds ?? null,
      publishedLastMinute: published[0]?.count ?? null,
      relays: relays.map(({ buckets, ...relay }) => ({ ...relay, shares: buckets.length })),
      unownedShares: Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => !owned.has(bucket)),
      parked: await this.connection.query<ParkedRow>(PARKED_KEYS, [parked]).then(parkedKeys),
      parkedKeys: count?.count ?? 0,
      pause: pause ?? null,
      retained: retained(kept),
    };
  }

  async waiting({ key, limit }: { key: string | undefined; limit: number }): Promise<EventSummary[]> {
    return this.connection.query<EventSummary>(WAITING, [key ?? null, limit]);
  }
}

function retained(row: RetainedRow | undefined): Retained | null {
  if (!row?.from || !row.to) return null;
  const { counted, estimate, from, to } = row;
  const isEstimate = counted > COUNTED;
  return { count: isEstimate ? Math.max(Math.round(estimate), counted) : counted, isEstimate, from, to };
}
