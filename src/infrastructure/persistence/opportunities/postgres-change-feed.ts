import type { MikroORM } from '@mikro-orm/postgresql';
import {
  type ChangeFeed,
  type Changes,
  PositionExpired,
  PositionMalformed,
  type Reader,
} from '#application/ports/opportunities/change-feed';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { Opportunity } from '#domain/opportunities/opportunity';
import { storageError } from '../connections/storage-error.ts';
import { originOf } from '../connections/transaction-snapshot.ts';
import { BEFORE_EVERYTHING, boundedSnapshot, isBoundedSnapshot } from '../connections/transaction-snapshot.ts';

/** Most rows that one call looks at, those included of which the reader does not hear. */
const MOST_SCANNED = 500;

const PRESENT = `SELECT pg_current_snapshot()::text AS "snapshot", ${originOf('opportunity')} AS "origin"`;

/**
 * The rows that are not visible in "since" and below the end of "until", in the order of (changed_in, id): those that
 * transactions changed that were open at "since", then those of transactions that began later. Two ranges of the index,
 * so that nothing is read that was read before, however long some transaction is open.
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

/** Where a row is, or would be, in the order of the scan. */
type Place = { readonly transaction: string; readonly id: string };

/** A round: from one snapshot to the next. */
type Round = { readonly since: string; readonly until: string; readonly from: Place };

const NIL = '00000000-0000-0000-0000-000000000000';
const START: Place = { transaction: '0', id: NIL };
const ORIGIN = /^-?\d{1,19}\.[0-9A-F]{8}\.\d{1,10}\.\d{1,10}$/;
const TRANSACTION = /^\d{1,19}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Each row has the id of the transaction that changed it last. Ids are drawn when a transaction begins to write, so they
 * do not tell what was committed when; snapshots do (pg_current_snapshot). A position between two rounds is an origin
 * and a snapshot; within a round: origin, both snapshots, and where the next page begins.
 */
export class PostgresChangeFeed implements ChangeFeed {
  private readonly orm: MikroORM;

  constructor(orm: MikroORM) {
    this.orm = orm;
  }

  async read(position: string | undefined, reader: Reader, limit: number): Promise<Changes> {
    const given = position === undefined ? undefined : parsePosition(position);
    try {
      const { origin, snapshot } = await this.present();
      if (given && given.origin !== origin)
        throw new PositionExpired('The data was restored or moved since the token was issued.');
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
      // Who has no copy need not hear of what is gone.
      again: since !== BEFORE_EVERYTHING,
      all: mayHaveSeen.everybodys === 'all',
      most: MOST_SCANNED + 1,
    });
  }

  /** They may have changed again since the scan: then they come again in the next round. */
  private async load(ids: readonly string[]): Promise<Opportunity[]> {
    return ids.length === 0 ? [] : this.orm.em.fork().find(Opportunity, { id: { $in: [...ids] } });
  }
}

/** What of a scan goes into one page, and where the next page begins; undefined at the end of the round. */
function page(scanned: readonly Scanned[], limit: number): { ids: string[]; next: Place | undefined } {
  const wanted = scanned.slice(0, MOST_SCANNED).filter((row) => row.wanted);
  const next = wanted[limit] ?? scanned[MOST_SCANNED];
  const before = next && scanned[scanned.indexOf(next) - 1];
  return { ids: wanted.slice(0, limit).map(({ id }) => id), next: next && before && between(before, next) };
}

/**
 * A place behind one row and not behind the next one: the row itself is perhaps none of which the reader may know.
 * Like a separator in the inner nodes of a B-tree, it has of the id no more than tells the two apart.
 */
function between(before: Place, next: Place): Place {
  if (before.transaction !== next.transaction) return { transaction: next.transaction, id: NIL };
  const same = Array.from(next.id).findIndex((character, index) => character !== before.id[index]);
  return { transaction: next.transaction, id: next.id.slice(0, same + 1) + NIL.slice(same + 1) };
}

type Position = { readonly origin: string } & (
  { readonly since: string; readonly until?: never; readonly from?: never } | Round
);

/** @throws PositionMalformed for what PostgreSQL could not read, or was never issued. */
function parsePosition(text: string): Position {
  const [origin = '', since = '', ...unfinished] = text.split(' ');
  if (!ORIGIN.test(origin) || !isBoundedSnapshot(since)) throw new PositionMalformed();
  if (unfinished.length === 0) return { origin, since };
  const [until = '', transaction = '', id = '', ...more] = unfinished;
  const valid = isBoundedSnapshot(until) && TRANSACTION.test(transaction) && UUID.test(id) && more.length === 0;
  if (!valid) throw new PositionMalformed();
  return { origin, since, until, from: { transaction, id } };
}
