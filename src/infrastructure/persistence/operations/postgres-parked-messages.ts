import type {
  FreedKey,
  ParkedEvent,
  ParkedKey,
  ParkedMessages,
  Whereabouts,
} from '#application/ports/operations/parked-messages';
import type { OperatorConnection } from '../connections/operator-connection.ts';
import { isUuid } from '../opportunities/opportunity-rows.ts';
import { BUCKET_LOCKS } from '../outbox/bucket-ownership.ts';
import { bucketOf } from '../outbox/outbox-tables.ts';
import { PARKED_KEY, PARKED_KEYS, parkedKeys, type ParkedRow, SUMMARY } from './parked-rows.ts';

const THIS_PARKED_KEY = `
  WITH head AS (SELECT * FROM outbox_parked WHERE key = $2 ORDER BY position LIMIT 1) ${PARKED_KEY}`;

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
    RETURNING head.key
  )
  SELECT key, events, last FROM freed, LATERAL (
    SELECT count(*)::int AS events, max(position)::text AS last FROM outbox_parked AS each WHERE each.key = freed.key
  ) AS its
  ORDER BY key`;

const DISCARD = `
  WITH refused AS (
    SELECT position FROM outbox_parked WHERE key = $2 AND id = $1 AND refusal IS NOT NULL
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

type DiscardRow = { readonly discarded: number; readonly events: number; readonly last: string | null };
type WhereaboutsRow = Omit<Whereabouts, 'state'> & { readonly waits: boolean };

/** Reads and changes the table outbox_parked. Relays look at that table several times a second. */
export class PostgresParkedMessages implements ParkedMessages {
  private readonly connection: OperatorConnection;

  constructor(connection: OperatorConnection) {
    this.connection = connection;
  }

  async keys(key?: string): Promise<ParkedKey[]> {
    const rows =
      key === undefined
        ? await this.connection.query<ParkedRow>(PARKED_KEYS, [null])
        : await this.connection.query<ParkedRow>(THIS_PARKED_KEY, [null, key]);
    return parkedKeys(rows);
  }

  async find(id: string): Promise<ParkedEvent | undefined> {
    if (!isUuid(id)) return undefined;
    const [event] = await this.connection.query<ParkedEvent>(PARKED_EVENT, [id]);
    return event;
  }

  async retry(heads: readonly { id: string; key: string }[]): Promise<FreedKey[]> {
    const known = heads.filter(({ id }) => isUuid(id));
    return this.connection.query<FreedKey>(RETRY, [known.map(({ id }) => id), known.map(({ key }) => key)]);
  }

  async discard(
    { id, key }: { id: string; key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ discarded: number; freed: FreedKey | undefined }> {
    if (!isUuid(id)) return { discarded: 0, freed: undefined };
    const [row] = await this.connection.query<DiscardRow>(DISCARD, [id, key, reason, withAllBehind]);
    if (!row || row.discarded === 0) return { discarded: 0, freed: undefined };
    const { discarded, events, last } = row;
    return { discarded, freed: last === null ? undefined : { key, events, last } };
  }

  async whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]> {
    const rows = await this.connection.query<WhereaboutsRow>(WHEREABOUTS, [
      freed.map(({ key }) => key),
      freed.map(({ last }) => last),
      freed.map(({ key }) => bucketOf(key)),
    ]);
    return rows.map(({ waits, ...row }) => ({
      ...row,
      state: row.refused ? 'refused' : waits ? 'waiting' : 'published',
    }));
  }
}
