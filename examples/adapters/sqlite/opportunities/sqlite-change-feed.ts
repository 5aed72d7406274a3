import {
  type ChangeFeed,
  type Changes,
  type FeedPosition,
  FeedPositionExpired,
  FeedPositionMalformed,
  type Reader,
} from '#application/ports/opportunities/change-feed';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { stateIn } from './opportunity-rows.ts';

/** The largest number of rows that one call scans, including rows that the reader must not hear about. */
const MOST_SCANNED = 500;

/** The changes with numbers above `since`, up to `until`. `from` is the number at which the next page begins. */
type Round = { readonly since: number; readonly until: number; readonly from: number };

const SCAN = `
  SELECT change, state,
    CASE owner_id WHEN ?2
      THEN status IN (SELECT value FROM json_each(?4)) OR ?5
      ELSE status IN (SELECT value FROM json_each(?3)) OR (?5 AND (?6 OR published_at IS NOT NULL))
    END AS wanted
  FROM opportunity WHERE change >= ?1 AND change <= ?7 ORDER BY change LIMIT ${MOST_SCANNED + 1}`;

type Scanned = { readonly change: number; readonly state: string; readonly wanted: number };

const POSITION = /^([0-9a-f]{32}) (0|[1-9]\d{0,14})(?: (0|[1-9]\d{0,14}) ([1-9]\d{0,14}))?$/;

/**
 * The change feed, read from the table of opportunities. Each row has the number of the change that wrote it last. Only one
 * transaction at a time can write, so the numbers are in the order of commits: what PostgreSQL needs snapshots for, one
 * number tells here.
 */
export class SqliteChangeFeed implements ChangeFeed {
  private readonly database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  async read(position: FeedPosition | undefined, reader: Reader, limit: number): Promise<Changes> {
    const given = position === undefined ? undefined : parsePosition(position);
    const history = this.database.get<{ origin: string; last: number }>(
      'SELECT origin, last_change AS last FROM history',
    );
    const { origin, last } = history ?? { origin: '', last: 0 };
    // A restored backup has the same origin, but lacks the last changes.
    if (given && (given.origin !== origin || Math.max(given.since, given.until ?? 0) > last))
      throw new FeedPositionExpired('The data was restored or moved since the token was issued.');
    const since = given?.since ?? 0;
    const round: Round = { since, until: given?.until ?? last, from: given?.from ?? since + 1 };
    const scanned = this.scan(round, reader);
    const wanted = scanned.slice(0, MOST_SCANNED).filter((row) => row.wanted);
    const next = wanted[limit] ?? scanned[MOST_SCANNED];
    return {
      changed: wanted.slice(0, limit).map(({ state }) => Opportunity.fromState(stateIn(state))),
      position: [origin, ...(next ? [since, round.until, next.change] : [round.until])].join(' '),
      hasMore: next !== undefined,
    };
  }

  private scan({ since, until, from }: Round, { sees, mayHaveSeen }: Reader): Scanned[] {
    return this.database.all<Scanned>(
      SCAN,
      from,
      sees.ownerId,
      JSON.stringify(sees.statuses),
      JSON.stringify(sees.ownStatuses),
      // A first round fills a new copy, from which nothing has to be removed.
      since > 0 ? 1 : 0,
      mayHaveSeen.everybodys === 'all' ? 1 : 0,
      until,
    );
  }
}

type ParsedPosition = {
  readonly origin: string;
  readonly since: number;
  /** Present only inside of a round. */
  readonly until?: number;
  readonly from?: number;
};

function parsePosition(text: string): ParsedPosition {
  const [whole, origin = '', since, until, from] = POSITION.exec(text) ?? [];
  if (whole === undefined) throw new FeedPositionMalformed();
  if (until === undefined) return { origin, since: Number(since) };
  return { origin, since: Number(since), until: Number(until), from: Number(from) };
}
