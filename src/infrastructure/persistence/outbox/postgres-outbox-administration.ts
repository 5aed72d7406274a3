import pg from 'pg';
import {
  type EventSummary,
  type FreedKey,
  type OutboxAdministration,
  type OutboxStatus,
  type ParkedEvent,
  type ParkedKey,
  type Pause,
  type RelaySeen,
  type Retained,
  type Whereabouts,
} from '#application/ports/outbox/outbox-administration';
import { BUCKET_LOCKS, MEMBER_LOCKS } from './bucket-ownership.ts';
import { connectionOptions, type DatabaseSettings, patience } from '../connections/connection-options.ts';
import { BUCKETS } from './outbox-tables.ts';
import { PARKED_HEADS } from './outbox-tables.ts';
import { storedName } from './stored-headers.ts';
import { storageError } from '../connections/storage-error.ts';

/** Milliseconds for a statement. Some statements count a large backlog. */
const PATIENCE_MS = 60_000;

/** Retained messages are counted up to this number. Beyond it, the planner's estimate is enough. */
const COUNTED = 100_000;

const SUMMARY = `
  id, headers ->> '${storedName('type')}' AS type, key, octet_length(payload) AS "payloadBytes", created_at AS "createdAt",
  extract(epoch FROM clock_timestamp() - created_at)::float8 AS "ageSeconds"`;

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

const PARKED_KEY = `
  SELECT ${SUMMARY}, refusal, parked_at AS "parkedAt",
    (SELECT count(*)::int - 1 FROM outbox_parked AS each WHERE each.key = head.key) AS behind
  FROM head WHERE refusal IS NOT NULL ORDER BY key LIMIT $1`;

const PARKED_KEYS = `${PARKED_HEADS} ${PARKED_KEY}`;

const THIS_PARKED_KEY = `
  WITH head AS (SELECT * FROM outbox_parked WHERE key = $2 ORDER BY position LIMIT 1) ${PARKED_KEY}`;

const COUNT_PARKED_KEYS = `
  ${PARKED_HEADS} SELECT count(*)::int AS count FROM head WHERE refusal IS NOT NULL`;

const PARKED_EVENT = `
  SELECT ${SUMMARY}, headers, payload, refusal, parked_at AS "parkedAt",
    (
      SELECT jsonb_build_object('id', id, 'refusal', refusal) FROM outbox_parked AS each
      WHERE each.key = this.key ORDER BY position LIMIT 1
    ) AS head
  FROM outbox_parked AS this WHERE id = $1`;

// Only messages that are parked now belong to this retry. Later messages of the key do not.
const RETRY = `
  WITH freed AS (
    UPDATE outbox_parked AS head SET refusal = NULL
    FROM unnest($1::uuid[], $2::text[]) AS wanted (id, key)
    WHERE head.key = wanted.key AND head.id = wanted.id AND head.refusal IS NOT NULL
      AND head.position = (SELECT min(position) FROM outbox_parked AS each WHERE each.key = wanted.key)
    RETURNING head.key, head.bucket
  )
  SELECT key, bucket, events, last FROM freed, LATERAL (
    SELECT count(*)::int AS events, max(position)::text AS last FROM outbox_parked AS each WHERE each.key = freed.key
  ) AS its
  ORDER BY key`;

const DISCARD = `
  WITH refused AS (
    SELECT position, bucket FROM outbox_parked WHERE key = $2 AND id = $1 AND refusal IS NOT NULL
  ), gone AS (
    DELETE FROM outbox_parked USING refused
    WHERE key = $2 AND (outbox_parked.position = refused.position AND refusal IS NOT NULL OR $4::boolean)
    RETURNING outbox_parked.*
  ), kept AS (
    INSERT INTO outbox_discarded
      (position, bucket, id, key, headers, payload, created_at, refusal, parked_at, reason)
    SELECT position, bucket, id, key, headers, payload, created_at, refusal, parked_at, $3 FROM gone
    RETURNING position
  )
  SELECT
    (SELECT count(*)::int FROM kept) AS discarded,
    (SELECT bucket FROM refused) AS bucket,
    count(*)::int AS events,
    max(position)::text AS last
  FROM outbox_parked WHERE key = $2 AND position NOT IN (SELECT position FROM kept)`;

const WHEREABOUTS = `
  WITH owned AS MATERIALIZED (
    SELECT objid FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = ${BUCKET_LOCKS}
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT freed.key,
    EXISTS (SELECT FROM outbox WHERE position = last)
      OR EXISTS (SELECT FROM outbox_parked AS each WHERE position = last) AS waits,
    CASE WHEN refusal IS NOT NULL THEN jsonb_build_object('id', id, 'refusal', refusal) END AS refused,
    bucket IN (SELECT objid::int FROM owned) AS "isOwned",
    EXISTS (SELECT FROM outbox_pause) AS "isPaused"
  FROM unnest($1::text[], $2::bigint[], $3::int[]) AS freed (key, last, bucket)
  LEFT JOIN LATERAL (
    SELECT id, refusal FROM outbox_parked AS each
    WHERE each.key = freed.key AND each.position <= last ORDER BY position LIMIT 1
  ) AS head ON true
  ORDER BY freed.key`;

// The second SELECT does not see the row that the first one has inserted.
const PAUSE_IT = `
  WITH made AS (INSERT INTO outbox_pause (reason) VALUES ($1) ON CONFLICT DO NOTHING RETURNING since, reason)
  SELECT since, reason, true AS "isNew" FROM made
  UNION ALL
  SELECT since, reason, false FROM outbox_pause`;

const RESUME = 'DELETE FROM outbox_pause RETURNING since, reason';

type RetainedRow = {
  readonly counted: number;
  readonly estimate: number;
  readonly from: Date | null;
  readonly to: Date | null;
};
type DiscardRow = { discarded: number; bucket: number | null; events: number; last: string | null };
type WhereaboutsRow = Omit<Whereabouts, 'state'> & { waits: boolean };

/** Works on one connection of its own, which may go through a pooler. */
export class PostgresOutboxAdministration implements OutboxAdministration {
  private readonly pool: pg.Pool;
  private readonly keepsPublished: boolean;

  /** @param keepsPublished whether relays retain published messages. */
  constructor(settings: DatabaseSettings, keepsPublished: boolean) {
    const patient = { ...settings, statementTimeoutMs: PATIENCE_MS };
    this.pool = new pg.Pool({
      ...connectionOptions(patient),
      application_name: 'opportunities outbox',
      max: 1,
      query_timeout: patience(patient),
    });
    // When the connection breaks between two statements, the next statement reports it.
    this.pool.on('error', () => undefined);
    this.keepsPublished = keepsPublished;
  }

  async status(parked: number): Promise<OutboxStatus> {
    const [backlog] = await this.query<{ waiting: number; oldestSeconds: number | null }>(BACKLOG);
    const published = this.keepsPublished ? await this.query<{ count: number }>(PUBLISHED_LAST_MINUTE) : [];
    const relays = await this.query<Omit<RelaySeen, 'buckets'> & { buckets: number[] }>(RELAYS);
    const owned = new Set(relays.flatMap(({ buckets }) => buckets));
    const [count] = await this.query<{ count: number }>(COUNT_PARKED_KEYS);
    const [pause] = await this.query<Pause>(PAUSE);
    const [kept] = await this.query<RetainedRow>(RETAINED);
    return {
      waiting: backlog?.waiting ?? 0,
      oldestSeconds: backlog?.oldestSeconds ?? null,
      publishedLastMinute: published[0]?.count ?? null,
      relays: relays.map((relay) => ({ ...relay, buckets: relay.buckets.length })),
      bucketsWithoutOwner: Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
        (bucket) => !owned.has(bucket),
      ),
      parked: await this.query<ParkedKey & EventSummary>(PARKED_KEYS, [parked]).then(parkedKeys),
      parkedKeys: count?.count ?? 0,
      pause: pause ?? null,
      retained: retained(kept),
    };
  }

  async waiting({ key, limit }: { key: string | undefined; limit: number }): Promise<EventSummary[]> {
    return this.query<EventSummary>(WAITING, [key ?? null, limit]);
  }

  async parkedKeys(key?: string): Promise<ParkedKey[]> {
    const rows =
      key === undefined
        ? await this.query<ParkedKey & EventSummary>(PARKED_KEYS, [null])
        : await this.query<ParkedKey & EventSummary>(THIS_PARKED_KEY, [null, key]);
    return parkedKeys(rows);
  }

  async parkedEvent(id: string): Promise<ParkedEvent | undefined> {
    const [event] = await this.query<ParkedEvent>(PARKED_EVENT, [id]);
    return event;
  }

  async retry(heads: readonly { id: string; key: string }[]): Promise<FreedKey[]> {
    return this.query<FreedKey>(RETRY, [heads.map(({ id }) => id), heads.map(({ key }) => key)]);
  }

  async discard(
    { id, key }: { id: string; key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ discarded: number; freed: FreedKey | undefined }> {
    const [row] = await this.query<DiscardRow>(DISCARD, [id, key, reason, withAllBehind]);
    if (!row || row.discarded === 0) return { discarded: 0, freed: undefined };
    const { discarded, bucket, events, last } = row;
    return { discarded, freed: bucket !== null && last !== null ? { key, bucket, events, last } : undefined };
  }

  async whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]> {
    const rows = await this.query<WhereaboutsRow>(WHEREABOUTS, [
      freed.map(({ key }) => key),
      freed.map(({ last }) => last),
      freed.map(({ bucket }) => bucket),
    ]);
    return rows.map(({ waits, ...row }) => ({
      ...row,
      state: row.refused ? 'refused' : waits ? 'waiting' : 'published',
    }));
  }

  async pause(reason: string | null): Promise<{ pause: Pause; isNew: boolean }> {
    for (;;) {
      const [row] = await this.query<Pause & { isNew: boolean }>(PAUSE_IT, [reason]);
      if (row) return { pause: { since: row.since, reason: row.reason }, isNew: row.isNew };
      // Another operator paused or resumed the outbox at the same moment, and the statement saw neither state.
    }
  }

  async resume(): Promise<Pause | undefined> {
    const [was] = await this.query<Pause>(RESUME);
    return was;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(text, values)).rows;
    } catch (error) {
      throw storageError(error);
    }
  }
}

function parkedKeys(rows: readonly (Omit<ParkedKey, 'event'> & EventSummary)[]): ParkedKey[] {
  return rows.map(({ refusal, parkedAt, behind, ...event }) => ({ event, refusal, parkedAt, behind }));
}

function retained(row: RetainedRow | undefined): Retained | null {
  if (!row?.from || !row.to) return null;
  const { counted, estimate, from, to } = row;
  const isEstimate = counted > COUNTED;
  return { count: isEstimate ? Math.max(Math.round(estimate), counted) : counted, isEstimate, from, to };
}
