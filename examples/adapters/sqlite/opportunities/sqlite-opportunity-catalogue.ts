import type { SQLInputValue } from 'node:sqlite';
import type {
  InstantRange,
  ListedField,
  ListedOpportunity,
  Listing,
  ListFilter,
  ListOrder,
  ListPage,
  OpportunityCatalogue,
} from '#application/ports/opportunities/opportunity-catalogue';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { placeAt, type Place, positionOf, type SortKey } from './list-position.ts';
import { stateIn } from './opportunity-rows.ts';
import { matchExpression, parseSearch, rankOf, type Search } from './search-text.ts';

/** Number of the newest matches that are compared by relevance. */
const MATCHES_COMPARED = 500;

/** The expression of an index, which is never null, and the direction in which it is read. */
type Order = { readonly key: string; readonly descending: boolean };

const BY_PUBLICATION: Order = { key: 'coalesce(published_at, -9e15)', descending: true };
const ORDERS: Record<ListOrder, Order> = {
  '-publishedAt': BY_PUBLICATION,
  '-updatedAt': { key: 'updated_at', descending: true },
  deadlineAt: { key: 'coalesce(deadline_at, 9e15)', descending: false },
  // Relevance compares the matches that were published last.
  relevance: BY_PUBLICATION,
};

/** A row of the result, with the whole state, and with the words when there is a search. */
type Row = SortKey & { readonly state: string; readonly texts: string };

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
    return row && Opportunity.fromState(stateIn(row.state));
  }

  async list(visibility: Visibility, listing: Listing): Promise<ListPage> {
    const { order, limit, filter } = listing;
    const after = listing.after === null ? undefined : placeAt(listing.after, order);
    const search = filter.search === null ? null : parseSearch(filter.search);
    if (search === undefined) return { items: [], next: null };
    const conditions = [visible(visibility), ...filtered(filter)];
    if (search) conditions.push(['opportunity_words MATCH ?', matchExpression(search)]);
    if (order === 'relevance') return this.byRelevance(search ?? [], conditions, listing, after);
    if (after) conditions.push(compared(ORDERS[order], ORDERS[order].descending ? '<' : '>', after));
    const rows = this.rows(conditions, ORDERS[order], limit + 1, search !== null);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map((row) => picked(row, listing)),
      next: last ? positionOf(last, order) : null,
    };
  }

  /** Ranks the newest matches. Later pages compare the same matches as the first page. */
  private byRelevance(search: Search, conditions: Condition[], listing: Listing, after: Place | undefined): ListPage {
    const { limit, order } = listing;
    const window = after?.ranked;
    if (window)
      conditions.push(compared(BY_PUBLICATION, '<=', window.newest), compared(BY_PUBLICATION, '>=', window.oldest));
    const found = this.rows(conditions, BY_PUBLICATION, window ? -1 : MATCHES_COMPARED, true);
    const ranked = found.map((row) => ({ row, rank: rankOf(search, JSON.parse(row.texts) as string[]) })).sort(byRank);
    const start = after && window && { row: after, rank: window.rank };
    const rest = start ? ranked.filter((each) => byRank(start, each) < 0) : ranked;
    const last = rest.length > limit ? rest[limit - 1] : undefined;
    const [newest, oldest] = [window?.newest ?? found.at(0), window?.oldest ?? found.at(-1)];
    return {
      items: rest.slice(0, limit).map(({ row }) => picked(row, listing)),
      next:
        last && newest && oldest
          ? positionOf({ ...last.row, ranked: { rank: last.rank, newest, oldest } }, order)
          : null,
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

function compared({ key }: Order, how: '<' | '>' | '<=' | '>=', place: SortKey): Condition {
  return [`(${key}, id) ${how} (?, ?)`, place.key, place.id];
}

type Ranked = { readonly row: SortKey; readonly rank: number };

/** Returns a negative number when the first comes first: higher ranks, then later publications, then later ids. */
function byRank(one: Ranked, other: Ranked): number {
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
