import type { SQLInputValue } from 'node:sqlite';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { searchableTexts } from './search-text.ts';

const COLUMNS = ['owner_id', 'status', 'version', 'published_at', 'updated_at', 'opens_at', 'deadline_at', 'state'];

const INSERT = `
  INSERT INTO opportunity (change, ${COLUMNS.join(', ')}, id) VALUES (?${', ?'.repeat(COLUMNS.length)}, ?)
  ON CONFLICT (id) DO NOTHING RETURNING number`;

const UPDATE = `
  UPDATE opportunity SET change = ?, ${COLUMNS.map((column) => `${column} = ?`).join(', ')}
  WHERE id = ? AND version = ? RETURNING number`;

/** Reads the present state; undefined when there is none. */
export function readState(database: SqliteDatabase, id: string): OpportunityState | undefined {
  const row = database.get<{ state: string }>('SELECT state FROM opportunity WHERE id = ?', id);
  return row && stateIn(row.state);
}

/**
 * Writes a state inside of a transaction, with its copies in the tables of facets and words.
 * @param before the version that the row must have; undefined when there must be no row.
 * @returns whether that was so.
 */
export function writeState(database: SqliteDatabase, state: OpportunityState, before: number | undefined): boolean {
  const { id } = state;
  // Changes are numbered in the order of their commits, because only one transaction at a time can write.
  const change = database.get<{ change: number }>(
    'UPDATE history SET last_change = last_change + 1 RETURNING last_change AS change',
  );
  const values = [change?.change ?? null, ...columnsOf(state), id];
  const row =
    before === undefined
      ? database.get<{ number: number }>(INSERT, ...values)
      : database.get<{ number: number }>(UPDATE, ...values, before);
  if (!row) return false;
  writeFacets(database, row.number, state);
  const texts = searchableTexts(state.details);
  database.run('DELETE FROM opportunity_words WHERE rowid = ?', row.number);
  database.run(
    `INSERT INTO opportunity_words (rowid, title, organization_name, tags, summary, description)
    VALUES (?, ?, ?, ?, ?, ?)`,
    row.number,
    ...texts,
  );
  return true;
}

function columnsOf(state: OpportunityState): SQLInputValue[] {
  const { ownerId, status, version, publishedAt, updatedAt, details } = state;
  const instants = [publishedAt, updatedAt, details.opensAt, details.deadlineAt];
  return [ownerId, status, version, ...instants.map((instant) => instant?.getTime() ?? null), JSON.stringify(state)];
}

/** Values by which a list can be filtered. SQLite compares only ASCII letters without regard to case, so cities are lowered. */
function writeFacets(database: SqliteDatabase, opportunity: number, { details }: OpportunityState): void {
  const { type, workMode, commitment, location, tags } = details;
  const facets: [name: string, value: string | null | undefined][] = [
    ['type', type],
    ['workMode', workMode],
    ['commitment', commitment],
    ['country', location?.country],
    ['city', location?.city?.toLowerCase()],
    ...tags.map((tag): [string, string] => ['tag', tag]),
  ];
  database.run('DELETE FROM opportunity_facet WHERE opportunity = ?', opportunity);
  for (const [name, value] of facets)
    if (typeof value === 'string')
      database.run('INSERT OR IGNORE INTO opportunity_facet VALUES (?, ?, ?)', name, value, opportunity);
}

/** Reads a state that was stored as JSON. A text is an instant when its name ends in "At". */
export function stateIn(json: string): OpportunityState {
  return JSON.parse(json, (name, value: unknown) =>
    name.endsWith('At') && typeof value === 'string' ? new Date(value) : value,
  ) as OpportunityState;
}
