import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import type { ListPosition, SortKey } from '#application/ports/opportunities/opportunity-catalogue';
import { HttpProblem } from '../problems/problem-details.ts';

/** The list that a cursor belongs to. A client may change the size of the page and its fields between two pages. */
export type CursorScope = Pick<ListOpportunitiesCommand, 'filter' | 'order'>;

const VERSION = 1;
/** No cursor of this API is longer. */
const MOST_CHARACTERS = 500;

/** Milliseconds since 1970, within the years that both JavaScript and PostgreSQL write with four digits. */
const instant = z.int().min(Date.parse('0001-01-01T00:00:00Z')).max(Date.parse('9999-12-31T23:59:59.999Z')).nullable();
const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const sortKey = [instant, id] as const;
/** A sort key. The order by relevance adds the rank, and the sort keys of the newest and the oldest compared match. */
const position = z.union([z.tuple(sortKey), z.tuple([...sortKey, z.number().min(0), ...sortKey, ...sortKey])]);
const content = z.tuple([z.literal(VERSION), z.string(), position]);

/** The cursor for a position: base64url of a version, a digest of the list and the position, and the position. */
export function cursorAt(listPosition: ListPosition, scope: CursorScope): string {
  const { ranked } = listPosition;
  const written = [
    ...sortKeyParts(listPosition),
    ...(ranked ? [ranked.rank, ...sortKeyParts(ranked.newest), ...sortKeyParts(ranked.oldest)] : []),
  ];
  return Buffer.from(JSON.stringify([VERSION, digest(scope, written), written])).toString('base64url');
}

/**
 * The position that a cursor stands for. The digest detects mistakes and protects no secret: a client that makes up a
 * cursor reads the same list from another position, and nothing more.
 * @throws HttpProblem invalid_cursor when the cursor is not from this API, is damaged, or belongs to another list.
 */
export function positionAt(cursor: string, scope: CursorScope): ListPosition {
  const found = cursor.length <= MOST_CHARACTERS ? content.safeParse(json(cursor)) : undefined;
  if (!found?.success)
    throw invalid('This API did not issue the cursor. Send page.nextCursor unchanged, or begin at the first page.');
  const [, digested, [at, itsId, rank, ...window]] = found.data;
  if (digested !== digest(scope, found.data[2]) || (rank !== undefined) !== (scope.order === 'relevance'))
    throw invalid('The cursor is damaged, or belongs to a list with other parameters. Begin at the first page.');
  const [newestAt = null, newestId = '', oldestAt = null, oldestId = ''] = window;
  return {
    ...toSortKey(at, itsId),
    ...(rank !== undefined && {
      ranked: { rank, newest: toSortKey(newestAt, newestId), oldest: toSortKey(oldestAt, oldestId) },
    }),
  };
}

function sortKeyParts({ at, id: itsId }: SortKey): [number | null, string] {
  return [at && at.getTime(), itsId];
}

function toSortKey(at: number | null, itsId: string): SortKey {
  return { at: at === null ? null : new Date(at), id: itsId };
}

function digest({ filter, order }: CursorScope, written: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([filter, order, written]))
    .digest('base64url')
    .slice(0, 16);
}

function json(cursor: string): unknown {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node ignores characters outside of base64url and unused bits of the last one. A cursor has exactly one spelling.
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function invalid(detail: string): HttpProblem {
  const errors = [{ detail: 'cursor does not lead to a page of this list', parameter: 'cursor', code: 'invalid' }];
  return new HttpProblem('invalid_cursor', detail, { errors });
}
