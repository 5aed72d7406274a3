import pg from 'pg';
import type { EventReplay, Selection } from '#application/ports/outbox/event-replay';
import type { OperatorSession } from '../connections/operator-session.ts';
import { instantWithMicroseconds } from './outbox-tables.ts';
import { storedName } from './stored-headers.ts';

const CHOSEN = `
  published_at >= $1::timestamptz AND published_at < coalesce($2::timestamptz, 'infinity')
  AND ($3::text IS NULL OR key = $3) AND ($4::text IS NULL OR headers ->> '${storedName('type')}' = $4)`;

const COUNT = `
  SELECT count(*)::float8 AS events, count(DISTINCT key)::float8 AS keys FROM outbox_published WHERE ${CHOSEN}`;

// Times and positions may have different orders, because a clock may have been set back between two relays.
const CHOOSE = `
  DECLARE chosen NO SCROLL CURSOR WITH HOLD FOR
  SELECT position::text AS place, ${instantWithMicroseconds('published_at')} AS instant
  FROM outbox_published WHERE ${CHOSEN} ORDER BY position`;

/** Rows are found by time, because positions have no index here. New positions are drawn in the order of the old ones. */
const REPLAY = `
  INSERT INTO outbox (bucket, id, key, headers, payload)
  SELECT bucket, id, key, headers || jsonb_build_object('${storedName('replayedat')}', $3::text), payload
  FROM unnest($1::timestamptz[], $2::bigint[]) AS next (published_at, position)
  JOIN outbox_published USING (published_at, position)
  ORDER BY position`;

const REST_FROM = `
  SELECT ${instantWithMicroseconds('min(published_at)')} AS instant FROM outbox_published WHERE ${CHOSEN} AND position > $5::bigint`;

const WAITING = 'SELECT count(*)::int AS count FROM (SELECT FROM outbox LIMIT $1) AS counted';

/** A position and a publication time. Both are texts, because a number and a Date are not precise enough. */
type Place = { readonly place: string; readonly instant: string };

/** Copies rows of outbox_published into the outbox. The chosen events are a cursor of the session. */
export class PostgresEventReplay implements EventReplay {
  private readonly session: OperatorSession;
  private chosen: readonly (string | null)[] | undefined;
  private lastPosition = '-1';

  constructor(session: OperatorSession) {
    this.session = session;
  }

  async count(selection: Selection): Promise<{ events: number; keys: number }> {
    const { rows } = await this.session.query<{ events: number; keys: number }>(COUNT, valuesOf(selection));
    const [row] = rows;
    return row ?? { events: 0, keys: 0 };
  }

  async choose(selection: Selection): Promise<void> {
    this.chosen = valuesOf(selection);
    this.lastPosition = '-1';
    await this.session.query('CLOSE ALL');
    // DECLARE CURSOR accepts no parameters.
    const literals = this.chosen.map((value) => (value === null ? 'NULL' : pg.escapeLiteral(value)));
    await this.session.query(CHOOSE.replace(/\$(\d)/g, (_all, number) => literals[Number(number) - 1] ?? 'NULL'));
  }

  async replayNext(atMost: number, at: string): Promise<{ next: number; replayed: number }> {
    const { rows: places } = await this.session.query<Place>(`FETCH FORWARD ${Math.trunc(atMost)} FROM chosen`);
    if (places.length === 0) return { next: 0, replayed: 0 };
    const { rowCount } = await this.session.query(REPLAY, [
      places.map(({ instant }) => instant),
      places.map(({ place }) => place),
      at,
    ]);
    this.lastPosition = places.at(-1)?.place ?? this.lastPosition;
    return { next: places.length, replayed: rowCount ?? 0 };
  }

  async restFrom(): Promise<string | undefined> {
    if (!this.chosen) return undefined;
    const { rows } = await this.session.query<{ instant: string | null }>(REST_FROM, [
      ...this.chosen,
      this.lastPosition,
    ]);
    const [row] = rows;
    return row?.instant ?? undefined;
  }

  async waiting(atMost: number): Promise<number> {
    const { rows } = await this.session.query<{ count: number }>(WAITING, [atMost]);
    const [row] = rows;
    return row?.count ?? 0;
  }
}

function valuesOf({ from, to, key, type }: Selection): (string | null)[] {
  return [from, to ?? null, key ?? null, type ?? null];
}
