import { createHash } from 'node:crypto';
import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import type { ListPosition } from '#application/ports/opportunities/opportunity-catalogue';
import { HttpProblem } from '../problems/problem-details.ts';

/** The list that a cursor belongs to. A client may change the size of the page and its fields between two pages. */
export type CursorScope = Pick<ListOpportunitiesCommand, 'filter' | 'order'>;

/** No cursor of this API is longer. */
const MOST_CHARACTERS = 500;

/** The content of a cursor: a version, a digest of the list and the position, and the position as the catalogue gave it. */
const CONTENT = /^\[1,"([A-Za-z0-9_-]{16})",(.*)\]$/s;

/** The cursor for a position: the content in base64url. */
export function cursorAt(position: ListPosition, scope: CursorScope): string {
  return Buffer.from(`[1,"${digest(scope, position)}",${position}]`).toString('base64url');
}

/**
 * The position that a cursor stands for. The digest detects mistakes and protects no secret: a client that makes up a
 * cursor reads the same list from another position, and nothing more.
 * @throws HttpProblem invalid_cursor when the cursor is not from this API, is damaged, or belongs to another list.
 */
export function positionAt(cursor: string, scope: CursorScope): ListPosition {
  const [, digested, position] = (cursor.length <= MOST_CHARACTERS && CONTENT.exec(textOf(cursor))) || [];
  if (position === undefined) throw foreignCursor();
  if (digested !== digest(scope, position))
    throw invalid('The cursor is damaged, or belongs to a list with other parameters. Begin at the first page.');
  return position;
}

/** The problem of a cursor whose position the catalogue does not know. */
export function foreignCursor(): HttpProblem {
  return invalid('This API did not issue the cursor. Send page.nextCursor unchanged, or begin at the first page.');
}

function digest({ filter, order }: CursorScope, position: ListPosition): string {
  return createHash('sha256')
    .update(`[${JSON.stringify(filter)},${JSON.stringify(order)},${position}]`)
    .digest('base64url')
    .slice(0, 16);
}

/** Returns an empty text for a cursor with characters or bits that base64url does not need: a cursor has one spelling. */
function textOf(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  return bytes.toString('base64url') === cursor ? bytes.toString('utf8') : '';
}

function invalid(detail: string): HttpProblem {
  const errors = [{ detail: 'cursor does not lead to a page of this list', parameter: 'cursor', code: 'invalid' }];
  return new HttpProblem('invalid_cursor', detail, { errors });
}
