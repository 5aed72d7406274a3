import type { RetainedEvent, RetainedEvents, TimeSpan } from '#application/ports/outbox/retained-events';
import type { OperatorSession } from '../connections/operator-session.ts';
import { instantWithMicroseconds } from './outbox-tables.ts';
import { attributesIn, type StoredHeaders } from './stored-headers.ts';

/** Rows per page. They are read without their payloads. */
const PAGE = 5000;

const EXTENT = `
  SELECT
    (SELECT published_at FROM outbox_published ORDER BY published_at, position LIMIT 1) AS "from",
    (SELECT published_at FROM outbox_published ORDER BY published_at DESC, position DESC LIMIT 1) AS "to"`;

// The text is not called position: ORDER BY would then sort the text, and 10 would come before 9.
const READ = `
  SELECT id, key, position::text AS place, headers, encode(sha256(convert_to(payload, 'UTF8')), 'hex') AS "payloadDigest",
    published_at AS "publishedAt", ${instantWithMicroseconds('published_at')} AS instant
  FROM outbox_published
  WHERE published_at >= $1::timestamptz AND published_at < coalesce($2::timestamptz, 'infinity')
    AND (published_at, position) > ($3::timestamptz, $4::bigint)
  ORDER BY published_at, position LIMIT ${PAGE}`;

/** A position and a publication time. Both are texts, because a number and a Date are not precise enough. */
type Place = { readonly place: string; readonly instant: string };
type Row = Omit<RetainedEvent, 'position' | 'attributes'> & Place & { readonly headers: StoredHeaders };

/** Reads the table outbox_published. */
export class PostgresRetainedEvents implements RetainedEvents {
  private readonly session: OperatorSession;

  constructor(session: OperatorSession) {
    this.session = session;
  }

  async extent(): Promise<{ from: Date; to: Date } | undefined> {
    const { rows } = await this.session.query<{ from: Date | null; to: Date | null }>(EXTENT);
    const [row] = rows;
    return row?.from && row.to ? { from: row.from, to: row.to } : undefined;
  }

  async *read({ from, to }: TimeSpan): AsyncGenerator<RetainedEvent[]> {
    let last: Place = { instant: '-infinity', place: '0' };
    for (;;) {
      const { rows } = await this.session.query<Row>(READ, [from, to ?? null, last.instant, last.place]);
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
}
