import type { SQLInputValue } from 'node:sqlite';
import type {
  InstantRange,
  ListedField,
  ListedOpportunity,
  Listing,
  ListFilter,
  ListOrder,
  ListPage,
  ListPosition,
  OpportunityCatalogue,
  SortKey,
} from '#application/ports/opportunities/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { opportunityOf, stateIn } from './opportunity-rows.ts';
import { matchExpression, parseSearch, rankOf, type Search } from './search-text.ts';

/** Number of the newest matches that are compared by relevance. */
const MATCHES_COMPARED = 500;

/** The expression of an index, which is never null, and the direction in which it is read. */
type Order = { readonly key: string; readonly none: number; readonly descending: boolean };

const BY_PUBLICATION: Order = { key: 'coalesce(published_at, -9e15)', none: -9e15, descending: true };
const ORDERS: Record<ListOrder, Order> = {
  '-publishedAt': BY_PUBLICATION,
  '-updatedAt': { key: 'updated_at', none: -9e15, descending: true },
  deadlineAt: { key: 'coalesce(deadline_at, 9e15)', none: 9e15, descending: false },
  // Relevance compares the matches that were published last.
  relevance: BY_PUBLICATION,
};

/** A row of the result: its key in the sort order, its id, the whole state, and the words when there is a search. */
type Row = {
  readonly key: number;
  readonly id: string;
  readonly state: string;
  readonly texts: string;
};

type Condition = readonly [sql: string, ...values: SQLInputValue[]];

export class SqliteOpportunityCatalogue implements OpportunityCatalogue {
  private readonly database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  async find(id: string, visibility: Visibility): Promise<Opportunity | undefined> {
    const [sql, ...values] = visible(visibility);
    const row = this.database.get<{ state: string }>(
      `SELECT state FROM opportunity WHERE id = ? AND ${sql}`,
      id.toLowerCase(),
      ...values,
    );
    return row && opportunityOf(stateIn(row.state));
  }

  async list(visibility: Visibility, listing: Listing): Promise<ListPage> {
    const { order, limit, after, filter } = listing;
    const search = filter.search === null ? null : parseSearch(filter.search);
    if (search === undefined) return { items: [], next: null };
    const conditions = [visible(visibility), ...filtered(filter)];
    if (search) conditions.push(['opportunity_words MATCH ?', matchExpression(search)]);
    if (order === 'relevance') return this.byRelevance(search ?? [], conditions, listing);
    if (after) conditions.push(beyond(ORDERS[order], after));
    const rows = this.rows(conditions, ORDERS[order], limit + 1, search !== null);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map((row) => picked(row, listing)),
      next: last ? sortKeyOf(last, ORDERS[order]) : null,
    };
  }

  /** Ranks the newest matches. Later pages compare the same matches as the first page. */
  private byRelevance(search: Search, conditions: Condition[], listing: Listing): ListPage {
    const { limit, after } = listing;
    const window = after?.ranked;
    if (window) conditions.push(notBefore(window.newest), notAfter(window.oldest));
    const found = this.rows(conditions, BY_PUBLICATION, window ? -1 : MATCHES_COMPARED, true);
    const [newest, oldest] = [found.at(0), found.at(-1)];
    const ranked = found
      .map((row) => ({ row, rank: rankOf(search, JSON.parse(row.texts) as string[]) }))
      .sort((one, other) => compare(one, other));
    const start = after && window && { row: { key: keyOf(after, BY_PUBLICATION), id: after.id }, rank: window.rank };
    const rest = start ? ranked.filter((each) => compare(start, each) < 0) : ranked;
    const last = rest.length > limit ? rest[limit - 1] : undefined;
    const ends =
      window ??
      (newest && oldest && { newest: sortKeyOf(newest, BY_PUBLICATION), oldest: sortKeyOf(oldest, BY_PUBLICATION) });
    return {
      items: rest.slice(0, limit).map(({ row }) => picked(row, listing)),
      next: last && ends ? { ...sortKeyOf(last.row, BY_PUBLICATION), ranked: { ...ends, rank: last.rank } } : null,
    };
  }

  private rows(conditions: readonly Condition[], order: Order, most: number, withWords: boolean): Row[] {
    const direction = order.descending ? 'DESC' : 'ASC';
    const texts = withWords ? 'json_array(title, organization_name, tags, summary, description)' : "'[]'";
    const words = withWords ? 'JOIN opportunity_words ON opportunity_words.rowid = number' : '';
    const values = conditions.flatMap(([, ...given]) => given);
    return this.database.all<Row>(
      `SELECT ${order.key} AS key, id, state, ${texts} AS texts FROM opportunity ${words}
      WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
      ORDER BY ${order.key} ${direction}, id ${direction} LIMIT ?`,
      ...values,
      most,
    );
  }
}

function visible({ statuses, ownerId, ownStatuses }: Visibility): Condition {
  return [
    `CASE owner_id WHEN ? THEN ${oneOf('status')} ELSE ${oneOf('status')} END`,
    ownerId,
    JSON.stringify(ownStatuses),
    JSON.stringify(statuses),
  ];
}

function filtered(filter: ListFilter): Condition[] {
  const { ownerId, openAt, statuses } = filter;
  const conditions: Condition[] = [[oneOf('status'), JSON.stringify(statuses)]];
  if (ownerId !== null) conditions.push(['owner_id = ?', ownerId]);
  if (openAt) {
    const at = openAt.getTime();
    conditions.push([
      "status = 'published' AND coalesce(opens_at, -9e15) <= ? AND ? < coalesce(deadline_at, 9e15)",
      at,
      at,
    ]);
  }
  return [
    ...conditions,
    ...anyFacet('type', filter.types),
    ...anyFacet('workMode', filter.workModes),
    ...anyFacet('commitment', filter.commitments),
    ...anyFacet('country', filter.countries),
    ...anyFacet('tag', filter.tags),
    ...anyFacet(
      'city',
      filter.cities.map((city) => city.toLowerCase()),
    ),
    ...within('deadline_at', filter.deadline),
    ...within('published_at', filter.published),
  ];
}

/** A list of texts is one parameter, so that a statement for any number of them is the same text. */
function oneOf(column: string): string {
  return `${column} IN (SELECT value FROM json_each(?))`;
}

function anyFacet(name: string, values: readonly string[]): Condition[] {
  if (values.length === 0) return [];
  const sql = `number IN (SELECT opportunity FROM opportunity_facet WHERE name = ? AND ${oneOf('value')})`;
  return [[sql, name, JSON.stringify(values)]];
}

/** A row without the instant is in no range: a comparison with NULL is not true. */
function within(column: string, { from, to }: InstantRange): Condition[] {
  return [
    ...(from ? [[`${column} >= ?`, from.getTime()] as const] : []),
    ...(to ? [[`${column} < ?`, to.getTime()] as const] : []),
  ];
}

function beyond(order: Order, after: SortKey): Condition {
  return [`(${order.key}, id) ${order.descending ? '<' : '>'} (?, ?)`, keyOf(after, order), after.id];
}

function notBefore(newest: SortKey): Condition {
  return [`(${BY_PUBLICATION.key}, id) <= (?, ?)`, keyOf(newest, BY_PUBLICATION), newest.id];
}

function notAfter(oldest: SortKey): Condition {
  return [`(${BY_PUBLICATION.key}, id) >= (?, ?)`, keyOf(oldest, BY_PUBLICATION), oldest.id];
}

function keyOf({ at }: SortKey, { none }: Order): number {
  return at?.getTime() ?? none;
}

function sortKeyOf({ key, id }: Pick<Row, 'key' | 'id'>, { none }: Order): ListPosition {
  return { at: key === none ? null : new Date(key), id };
}

type Ranked = { readonly row: Pick<Row, 'key' | 'id'>; readonly rank: number };

/** Returns a negative number when the first comes first: higher ranks, then later publications, then later ids. */
function compare(one: Ranked, other: Ranked): number {
  if (one.rank !== other.rank) return other.rank - one.rank;
  if (one.row.key !== other.row.key) return other.row.key - one.row.key;
  return one.row.id === other.row.id ? 0 : one.row.id < other.row.id ? 1 : -1;
}

/** The JSON of the state has instants as text already, in the form that lists give them. */
function picked({ state }: Row, { fields }: { readonly fields: readonly ListedField[] }): Partial<ListedOpportunity> {
  const { details, ...others } = JSON.parse(state) as { readonly details: object };
  const all = { ...details, ...others } as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}
