import type { MikroORM } from '@mikro-orm/postgresql';
import {
  type ChangeFeed,
  type Changes,
  type FeedPosition,
  FeedPositionExpired,
  FeedPositionMalformed,
  type Reader,
} from '#application/ports/opportunities/change-feed';
import { StorageUnavailable } from '#application/ports/application-error';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { type OpportunityRow, OpportunityRows } from './opportunity-rows.ts';
import { storageError } from '../connections/storage-error.ts';
import { originOf } from '../connections/transaction-snapshot.ts';
import { BEFORE_EVERYTHING, boundedSnapshot, isBoundedSnapshot } from '../connections/transaction-snapshot.ts';

/** The largest number of rows that one call scans, including rows that the reader must not hear about. */
const MOST_SCANNED = 500;

const PRESENT = `SELECT pg_current_snapshot()::text AS "snapshot", ${originOf('opportunity')} AS "origin"`;

/**
 * The rows that changed between the snapshots "since" and "until", in the order of (changed_in, id). The first range of the
 * index has the rows of transactions that were open at "since", the second one those of transactions that began later.
 * With two ranges no row is read twice, however long some transaction stays open.
 */
const SCAN = `
  SELECT changed_in::text AS "transaction", id,
    pg_visible_in_snapshot(changed_in, :until::pg_snapshot) AND (
      status = ANY (:statuses::text[]) OR (owner_id = :owner AND status = ANY (:ownStatuses::text[]))
      OR (:again AND (:all OR owner_id = :owner OR published_at IS NOT NULL))
    ) AS "wanted"
  FROM (
    (SELECT * FROM opportunity
     WHERE changed_in = ANY (ARRAY(SELECT pg_snapshot_xip(:since::pg_snapshot)))
       AND (changed_in, id) >= (:transaction::xid8, :id::uuid)
     ORDER BY changed_in, id LIMIT :most)
    UNION ALL
    (SELECT * FROM opportunity
     WHERE changed_in >= pg_snapshot_xmax(:since::pg_snapshot)
       AND changed_in < pg_snapshot_xmax(:until::pg_snapshot)
       AND (changed_in, id) >= (:transaction::xid8, :id::uuid)
     ORDER BY changed_in, id LIMIT :most)
  ) AS changed
  ORDER BY changed_in, id LIMIT :most`;

type Scanned = { readonly transaction: string; readonly id: string; readonly wanted: boolean };

/** A place in the order of the scan. There need not be a row at this place. */
type ScanPlace = { readonly transaction: string; readonly id: string };

/** A round lists the changes between two snapshots. `from` is where its next page begins. */
type Round = { readonly since: string; readonly until: string; readonly from: ScanPlace };

const NIL = '00000000-0000-0000-0000-000000000000';
const START: ScanPlace = { transaction: '0', id: NIL };
const ORIGIN = /^-?\d{1,19}\.[0-9A-F]{8}\.\d{1,10}\.\d{1,10}$/;
const TRANSACTION = /^\d{1,19}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The change feed, read from the table of opportunities. Each row has the id of the transaction that changed it last. A
 * transaction gets its id when it begins to write, so ids do not tell the order of commits; snapshots do
 * (pg_current_snapshot). A position between two rounds has the origin of the data and one snapshot. A position inside of a
 * round has the origin, both snapshots, and the place where the next page begins.
 */
export class PostgresChangeFeed implements ChangeFeed {
  private readonly orm: MikroORM;
  private readonly rows: OpportunityRows;

  constructor(orm: MikroORM) {
    this.orm = orm;
    this.rows = new OpportunityRows(orm);
  }

  async read(position: FeedPosition | undefined, reader: Reader, limit: number): Promise<Changes> {
    const given = position === undefined ? undefined : parsePosition(position);
    try {
      const { origin, snapshot } = await this.present();
      if (given && given.origin !== origin)
        throw new FeedPositionExpired('The data was restored or moved since the token was issued.');
      const round: Round = {
        since: given?.since ?? BEFORE_EVERYTHING,
        until: given?.until ?? boundedSnapshot(snapshot),
        from: given?.from ?? START,
      };
      const { ids, next } = page(await this.scan(round, reader), limit);
      return {
        changed: await this.load(ids),
        position: next
          ? [origin, round.since, round.until, next.transaction, next.id].join(' ')
          : [origin, round.until].join(' '),
        hasMore: next !== undefined,
      };
    } catch (error) {
      throw storageError(error);
    }
  }

  private async present(): Promise<{ origin: string; snapshot: string }> {
    const [present] = await this.orm.em.getConnection().execute<{ origin: string | null; snapshot: string }[]>(PRESENT);
    if (!present?.origin) throw new StorageUnavailable('The database is a standby, which cannot tell changes.');
    return { origin: present.origin, snapshot: present.snapshot };
  }

  private scan({ since, until, from }: Round, { sees, mayHaveSeen }: Reader): Promise<Scanned[]> {
    return this.orm.em.getConnection().execute<Scanned[]>(SCAN, {
      since,
      until,
      ...from,
      statuses: `{${sees.statuses.join()}}`,
      owner: sees.ownerId,
      ownStatuses: `{${sees.ownStatuses.join()}}`,
      // A first round fills a new copy, from which nothing has to be removed.
      again: since !== BEFORE_EVERYTHING,
      all: mayHaveSeen.everybodys === 'all',
      most: MOST_SCANNED + 1,
    });
  }

  /** Loads the rows as they are now. A row that changed again since the scan comes again in the next round. */
  private async load(ids: readonly string[]): Promise<Opportunity[]> {
    if (ids.length === 0) return [];
    const pool = await this.orm.em.getConnection().getNativeClient();
    const { rows } = await pool.query<OpportunityRow>({
      name: 'load changed opportunities',
      text: `${this.rows.select} WHERE id = ANY ($1::uuid[])`,
      values: [ids],
    });
    return rows.map((row) => this.rows.opportunityOf(row));
  }
}

/** The ids for one page, and the place where the next page begins: undefined at the end of the round. */
function page(scanned: readonly Scanned[], limit: number): { ids: string[]; next: ScanPlace | undefined } {
  const wanted = scanned.slice(0, MOST_SCANNED).filter((row) => row.wanted);
  const next = wanted[limit] ?? scanned[MOST_SCANNED];
  const before = next && scanned[scanned.indexOf(next) - 1];
  return { ids: wanted.slice(0, limit).map(({ id }) => id), next: next && before && between(before, next) };
}

/**
 * A place after one row and not after the next row. The client gets this place inside of its position, and may not be
 * allowed to know either row. So the place has only as much of the next id as tells the two ids apart, as separators in
 * the inner nodes of a B-tree do.
 */
function between(before: ScanPlace, next: ScanPlace): ScanPlace {
  if (before.transaction !== next.transaction) return { transaction: next.transaction, id: NIL };
  const same = Array.from(next.id).findIndex((character, index) => character !== before.id[index]);
  return { transaction: next.transaction, id: next.id.slice(0, same + 1) + NIL.slice(same + 1) };
}

type ParsedPosition = { readonly origin: string } & (
  { readonly since: string; readonly until?: never; readonly from?: never } | Round
);

/** @throws FeedPositionMalformed when PostgreSQL could not read the position, or this feed never issues one like it. */
function parsePosition(text: string): ParsedPosition {
  const [origin = '', since = '', ...unfinished] = text.split(' ');
  if (!ORIGIN.test(origin) || !isBoundedSnapshot(since)) throw new FeedPositionMalformed();
  if (unfinished.length === 0) return { origin, since };
  const [until = '', transaction = '', id = '', ...more] = unfinished;
  const valid = isBoundedSnapshot(until) && TRANSACTION.test(transaction) && UUID.test(id) && more.length === 0;
  if (!valid) throw new FeedPositionMalformed();
  return { origin, since, until, from: { transaction, id } };
}
