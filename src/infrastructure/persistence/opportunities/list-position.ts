import {
  type ListOrder,
  type ListPosition,
  ListPositionMalformed,
} from '#application/ports/opportunities/opportunity-catalogue';

/** The values that sort a row in every order except relevance: an instant, and the id for equal instants. */
export type SortKey = { readonly at: Date | null; readonly id: string };

/** The place in the sort order where a page ends and the next page begins (keyset pagination). There need not be a row. */
export type ListPlace = SortKey & {
  /**
   * Present in the order by relevance, which compares only the newest matches. `newest` and `oldest` are the ends of the
   * compared matches, so that every page compares the same ones.
   */
  readonly ranked?: { readonly rank: number; readonly newest: SortKey; readonly oldest: SortKey };
};

/** Years that both JavaScript and PostgreSQL write with four digits. */
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The position that stands for a place: a list in JSON with the sort key, and in the order by relevance also with the rank
 * and the sort keys of the newest and the oldest compared match. Instants are milliseconds since 1970.
 */
export function positionOf({ ranked, ...sortKey }: ListPlace): ListPosition {
  return JSON.stringify([
    ...parts(sortKey),
    ...(ranked ? [ranked.rank, ...parts(ranked.newest), ...parts(ranked.oldest)] : []),
  ]);
}

/** @throws ListPositionMalformed when PostgreSQL could not read the place, or the position belongs to another order. */
export function placeAt(position: ListPosition, order: ListOrder): ListPlace {
  const [at, id, rank, newestAt, newestId, oldestAt, oldestId, ...more] = listIn(position);
  if (order !== 'relevance' && rank === undefined) return sortKey(at, id);
  if (order !== 'relevance' || typeof rank !== 'number' || rank < 0 || more.length > 0)
    throw new ListPositionMalformed();
  return {
    ...sortKey(at, id),
    ranked: { rank, newest: sortKey(newestAt, newestId), oldest: sortKey(oldestAt, oldestId) },
  };
}

function parts({ at, id }: SortKey): [number | null, string] {
  return [at && at.getTime(), id];
}

function sortKey(at: unknown, id: unknown): SortKey {
  const isInstant =
    at === null || (Number.isInteger(at) && (at as number) >= EARLIEST_MS && (at as number) <= LATEST_MS);
  if (!isInstant || typeof id !== 'string' || !UUID.test(id)) throw new ListPositionMalformed();
  return { at: at === null ? null : new Date(at as number), id };
}

function listIn(position: ListPosition): unknown[] {
  try {
    const list: unknown = JSON.parse(position);
    if (Array.isArray(list)) return list as unknown[];
  } catch {
    // A text that is not JSON was not issued here either.
  }
  throw new ListPositionMalformed();
}
