import pg from 'pg';
import type { RetainedEvent, RetainedEvents, Selection, TimeSpan } from '#application/ports/outbox/retained-events';
import { type DatabaseSettings, directConnectionOptions, patience } from '../connections/connection-options.ts';
import { attributesIn, type StoredHeaders, storedName } from './stored-headers.ts';
import { storageError } from '../connections/storage-error.ts';

/** Milliseconds for a statement. Some statements read all rows of a long time span. */
const PATIENCE_MS = 60_000;

/** Rows per page. They are read without their payloads. */
const PAGE = 5000;

/** SQL that gives an instant as RFC 3339 text with microseconds. */
const INSTANT = (expression: string) => `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const CHOSEN = `
  published_at >= $1::timestamptz AND published_at < coalesce($2::timestamptz, 'infinity')
  AND ($3::text IS NULL OR key = $3) AND ($4::text IS NULL OR headers ->> '${storedName('type')}' = $4)`;

const EXTENT = `
  SELECT
    (SELECT published_at FROM outbox_published ORDER BY published_at, position LIMIT 1) AS "from",
    (SELECT published_at FROM outbox_published ORDER BY published_at DESC, position DESC LIMIT 1) AS "to"`;

const COUNT = `
  SELECT count(*)::float8 AS events, count(DISTINCT key)::float8 AS keys FROM outbox_published WHERE ${CHOSEN}`;

// The text is not called position: ORDER BY would then sort the text, and 10 would come before 9.
const READ = `
  SELECT id, key, position::text AS place, headers, encode(sha256(convert_to(payload, 'UTF8')), 'hex') AS "payloadDigest",
    published_at AS "publishedAt", ${INSTANT('published_at')} AS instant
  FROM outbox_published
  WHERE published_at >= $1::timestamptz AND published_at < coalesce($2::timestamptz, 'infinity')
    AND (published_at, position) > ($3::timestamptz, $4::bigint)
  ORDER BY published_at, position LIMIT ${PAGE}`;

// Times and positions may have different orders, because a clock may have been set back between two relays.
const CHOOSE = `
  DECLARE chosen NO SCROLL CURSOR WITH HOLD FOR
  SELECT position::text AS place, ${INSTANT('published_at')} AS instant
  FROM outbox_published WHERE ${CHOSEN} ORDER BY position`;

/** Rows are found by time, because positions have no index here. New positions are drawn in the order of the old ones. */
const REPLAY = `
  INSERT INTO outbox (bucket, id, key, headers, payload)
  SELECT bucket, id, key, headers || jsonb_build_object('${storedName('replayedat')}', $3::text), payload
  FROM unnest($1::timestamptz[], $2::bigint[]) AS next (published_at, position)
  JOIN outbox_published USING (published_at, position)
  ORDER BY position`;

const REST_FROM = `
  SELECT ${INSTANT('min(published_at)')} AS instant FROM outbox_published WHERE ${CHOSEN} AND position > $5::bigint`;

const WAITING = 'SELECT count(*)::int AS count FROM (SELECT FROM outbox LIMIT $1) AS counted';

/** A position and a publication time. Both are texts, because a number and a Date are not precise enough. */
type Place = { readonly place: string; readonly instant: string };
type Row = Omit<RetainedEvent, 'position' | 'attributes'> & Place & { readonly headers: StoredHeaders };

/** Works on one connection around any pooler, because the chosen events belong to its session. */
export class PostgresRetainedEvents implements RetainedEvents {
  private readonly settings: DatabaseSettings;
  private connected: Promise<pg.Client> | undefined;
  private chosen: readonly (string | null)[] | undefined;
  private lastPosition = '-1';

  constructor(settings: DatabaseSettings) {
    this.settings = { ...settings, statementTimeoutMs: PATIENCE_MS };
  }

  async extent(): Promise<{ from: Date; to: Date } | undefined> {
    const [row] = await this.query<{ from: Date | null; to: Date | null }>(EXTENT);
    return row?.from && row.to ? { from: row.from, to: row.to } : undefined;
  }

  async count(selection: Selection): Promise<{ events: number; keys: number }> {
    const [row] = await this.query<{ events: number; keys: number }>(COUNT, valuesOf(selection));
    return row ?? { events: 0, keys: 0 };
  }

  async *read({ from, to }: TimeSpan): AsyncGenerator<RetainedEvent[]> {
    let last: Place = { instant: '-infinity', place: '0' };
    for (;;) {
      const rows: Row[] = await this.query<Row>(READ, [from, to ?? null, last.instant, last.place]);
      yield rows.map(({ id, key, place, headers, payloadDigest, publishedAt }) => ({
        id,
        key,
        position: BigInt(place),
        attributes: attributesIn(headers),
        payloadDigest,
        publishedAt,
      }));
      last = rows.at(-1) ?? last;
      if (rows.length < PAGE) return;
    }
  }

  async choose(selection: Selection): Promise<void> {
    this.chosen = valuesOf(selection);
    this.lastPosition = '-1';
    await this.query('CLOSE ALL');
    // DECLARE CURSOR accepts no parameters.
    const literals = this.chosen.map((value) => (value === null ? 'NULL' : pg.escapeLiteral(value)));
    await this.query(CHOOSE.replace(/\$(\d)/g, (_all, number) => literals[Number(number) - 1] ?? 'NULL'));
  }

  async replayNext(atMost: number, at: string): Promise<{ next: number; replayed: number }> {
    const places = await this.query<Place>(`FETCH FORWARD ${Math.trunc(atMost)} FROM chosen`);
    if (places.length === 0) return { next: 0, replayed: 0 };
    const client = await this.connection();
    const { rowCount } = await client
      .query(REPLAY, [places.map(({ instant }) => instant), places.map(({ place }) => place), at])
      .catch(rethrow);
    this.lastPosition = places.at(-1)?.place ?? this.lastPosition;
    return { next: places.length, replayed: rowCount ?? 0 };
  }

  async restFrom(): Promise<string | undefined> {
    if (!this.chosen) return undefined;
    const [row] = await this.query<{ instant: string | null }>(REST_FROM, [...this.chosen, this.lastPosition]);
    return row?.instant ?? undefined;
  }

  async waiting(atMost: number): Promise<number> {
    const [row] = await this.query<{ count: number }>(WAITING, [atMost]);
    return row?.count ?? 0;
  }

  async close(): Promise<void> {
    await this.connected?.then((client) => client.end()).catch(() => undefined);
  }

  private async query<Result extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Result[]> {
    const client = await this.connection();
    const { rows } = await client.query<Result>(text, values).catch(rethrow);
    return rows;
  }

  private connection(): Promise<pg.Client> {
    this.connected ??= this.connect().catch(rethrow);
    return this.connected;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      // The cursor is read to its end, so the planner must optimise for all rows.
      ...directConnectionOptions(this.settings, '-c cursor_tuple_fraction=1'),
      application_name: 'opportunities outbox',
      query_timeout: patience(this.settings),
    });
    // When the connection breaks between two statements, the next statement reports it.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

function valuesOf({ from, to, key, type }: Selection): (string | null)[] {
  return [from, to ?? null, key ?? null, type ?? null];
}

function rethrow(error: unknown): never {
  throw storageError(error);
}
