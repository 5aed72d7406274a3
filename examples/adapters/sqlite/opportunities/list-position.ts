import {
  type ListOrder,
  type ListPosition,
  ListPositionMalformed,
} from '#application/ports/opportunities/opportunity-catalogue';

/** The place of a row in the sort order: the number by which it is sorted, and its id for equal numbers. */
export type SortKey = { readonly key: number; readonly id: string };

/**
 * The last row of a page. The order by relevance also has its rank, and the ends of the compared matches, so that every page
 * compares the same ones.
 */
export type Place = SortKey & {
  readonly ranked?: { readonly rank: number; readonly newest: SortKey; readonly oldest: SortKey };
};

const KEY = String.raw`(-?\d{1,16}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`;
const POSITION = new RegExp(String.raw`^([-\w]+) ${KEY}(?: (\d+(?:\.\d+)?) ${KEY} ${KEY})?$`);

/** Writes a place down, with the order in which it is one. */
export function positionOf({ key, id, ranked }: Place, order: ListOrder): ListPosition {
  const ends = ranked ? [ranked.rank, ranked.newest.key, ranked.newest.id, ranked.oldest.key, ranked.oldest.id] : [];
  return [order, key, id, ...ends].join(' ');
}

/** @throws ListPositionMalformed */
export function placeAt(position: ListPosition, order: ListOrder): Place {
  const [, given, key, id = '', rank, newestKey, newestId = '', oldestKey, oldestId = ''] =
    POSITION.exec(position) ?? [];
  if (given !== order || (rank !== undefined) !== (order === 'relevance')) throw new ListPositionMalformed();
  const newest = { key: Number(newestKey), id: newestId };
  const oldest = { key: Number(oldestKey), id: oldestId };
  return { key: Number(key), id, ...(rank !== undefined && { ranked: { rank: Number(rank), newest, oldest } }) };
}
