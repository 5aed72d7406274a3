import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import type { Mark, Position } from '#application/ports/opportunities/opportunity-catalogue';
import { HttpProblem } from '../problems/problem-details.ts';

/** The list that a cursor belongs to. How many items a page has, and which fields they have, may change on the way. */
export type CursorScope = Pick<ListOpportunitiesCommand, 'filter' | 'order'>;

const VERSION = 1;
/** More than any cursor of ours has. */
const MOST_CHARACTERS = 500;

/** Milliseconds of the years that both JavaScript and PostgreSQL write with four digits. */
const instant = z.int().min(Date.parse('0001-01-01T00:00:00Z')).max(Date.parse('9999-12-31T23:59:59.999Z')).nullable();
const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const mark = [instant, id] as const;
/** An instant in milliseconds and an id; for relevance also the rank, and the same two of the newest and oldest find. */
const place = z.union([z.tuple(mark), z.tuple([...mark, z.number().min(0), ...mark, ...mark])]);
const content = z.tuple([z.literal(VERSION), z.string(), place]);

/** Opaque to clients: base64url of a version, a digest of the list and the place, and the place. */
export function cursorAt(position: Position, scope: CursorScope): string {
  const { ranked } = position;
  const written = [
    ...markPlace(position),
    ...(ranked ? [ranked.rank, ...markPlace(ranked.newest), ...markPlace(ranked.oldest)] : []),
  ];
  return Buffer.from(JSON.stringify([VERSION, digest(scope, written), written])).toString('base64url');
}

/**
 * The place that a cursor stands for. The digest keeps no secret: it tells mistakes from cursors, and whoever makes one
 * up reads no more than the same list from another place.
 * @throws HttpProblem invalid_cursor when it is none of ours, is damaged, or belongs to another list.
 */
export function positionOf(cursor: string, scope: CursorScope): Position {
  const found = cursor.length <= MOST_CHARACTERS ? content.safeParse(json(cursor)) : undefined;
  if (!found?.success)
    throw invalid('The cursor is not one of this API: pass page.nextCursor on as it is, or begin at the first page.');
  const [, digested, [at, itsId, rank, ...window]] = found.data;
  if (digested !== digest(scope, found.data[2]) || (rank !== undefined) !== (scope.order === 'relevance'))
    throw invalid('The cursor belongs to a list with other parameters, or is damaged: begin at the first page.');
  const [newestAt = null, newestId = '', oldestAt = null, oldestId = ''] = window;
  return {
    ...toMark(at, itsId),
    ...(rank !== undefined && {
      ranked: { rank, newest: toMark(newestAt, newestId), oldest: toMark(oldestAt, oldestId) },
    }),
  };
}

function markPlace({ at, id: itsId }: Mark): [number | null, string] {
  return [at && at.getTime(), itsId];
}

function toMark(at: number | null, itsId: string): Mark {
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
  // Node skips what is not base64url, and bits that a last letter has to spare.
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
