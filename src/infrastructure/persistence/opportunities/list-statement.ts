import type {
  InstantRange,
  InstantText,
  ListedField,
  ListFilter,
  Listing,
  ListOrder,
} from '#application/ports/opportunities/opportunity-catalogue';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import type { ListPlace, SortKey } from './list-position.ts';

/**
 * Number of rows that a filtered list scans in its sort order before it uses the indexes of words and facets. This many
 * rows fill a page when one row in a few hundred matches; scanning them in vain costs milliseconds.
 */
export const ROWS_SCANNED = 5000;
/** Number of the newest matches that are compared by relevance. */
export const MATCHES_COMPARED = 500;

/** An SQL statement with its values for $1, $2 … */
export type SqlStatement = {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether a row must meet conditions beyond its place in the sort order. A good plan then depends on the values. */
  readonly filtered: boolean;
};

/** A listing whose position is read. */
export type PlacedListing = Omit<Listing, 'after'> & { readonly after: ListPlace | null };

/** Columns that a list position needs, besides the field of the sort order. */
export type ListRow = {
  readonly id: string;
  readonly rank: number;
  readonly newestAt: InstantText | null;
  readonly newestId: string;
  readonly oldestAt: InstantText | null;
  readonly oldestId: string;
};

type Order = {
  readonly field: 'publishedAt' | 'updatedAt' | 'deadlineAt';
  readonly column: string;
  /** The expression of the index, which is never null. */
  readonly key: string;
  /** The key of a row that has no such instant. */
  readonly none: 'infinity' | '-infinity';
  readonly direction: 'ASC' | 'DESC';
};

const BY_PUBLICATION: Order = {
  field: 'publishedAt',
  column: 'published_at',
  key: "coalesce(published_at, '-infinity')",
  none: '-infinity',
  direction: 'DESC',
};
export const ORDERS: Record<ListOrder, Order> = {
  '-publishedAt': BY_PUBLICATION,
  '-updatedAt': {
    field: 'updatedAt',
    column: 'updated_at',
    key: 'updated_at',
    none: '-infinity',
    direction: 'DESC',
  },
  deadlineAt: {
    field: 'deadlineAt',
    column: 'deadline_at',
    key: "coalesce(deadline_at, 'infinity')",
    none: 'infinity',
    direction: 'ASC',
  },
  // Relevance compares the matches that were published last.
  relevance: BY_PUBLICATION,
};

/** A part of the rows that an actor may see. No row is in two parts. */
type Part = { readonly statuses: readonly OpportunityStatus[]; readonly ownerId: string | null };

/**
 * Returns the statement that reads one page and one more row, which tells whether there is a next page; undefined when
 * no row can match.
 *
 * Without conditions, the statement reads an index in the sort order and stops after a page. With conditions, it scans
 * the next rows in the sort order. If those do not fill the page, it takes every match from the indexes of words and
 * facets, and sorts them. This second half runs only when it is needed. So filters that match everything and filters
 * that match nothing are both fast, even if the planner misjudges how values occur together.
 */
export function listStatement(visibility: Visibility, listing: PlacedListing): SqlStatement | undefined {
  const parts = visibleParts(visibility, listing.filter);
  if (parts.length === 0) return undefined;
  const values: unknown[] = [];
  const value: Value = (given, type) => `$${values.push(given)}::${type}`;
  return { ...new ListStatementBuilder(parts, listing, value).statement(), values };
}

/** Adds a value to the statement and returns its placeholder. */
type Value = (given: unknown, type: string) => string;

function visibleParts({ statuses, ownerId, ownStatuses }: Visibility, filter: ListFilter): Part[] {
  const wanted = filter.statuses.filter((status) => filter.openAt === null || status === 'published');
  const ofEverybody = wanted.filter((status) => statuses.includes(status));
  const ofOwner = wanted.filter((status) => ownStatuses.includes(status));
  const onlyOfOwner = ofOwner.filter((status) => !statuses.includes(status));
  const parts =
    filter.ownerId === ownerId
      ? [{ statuses: ofOwner, ownerId }]
      : [
          { statuses: ofEverybody, ownerId: filter.ownerId },
          { statuses: filter.ownerId === null ? onlyOfOwner : [], ownerId },
        ];
  return parts.filter((part) => part.statuses.length > 0);
}

class ListStatementBuilder {
  private readonly parts: readonly Part[];
  private readonly listing: PlacedListing;
  private readonly value: Value;
  private readonly order: Order;
  private readonly sorted: string;
  /** Whether the owner is an ordinary condition, because no index has the deadlines of one owner in order. */
  private readonly ownerAside: boolean;

  constructor(parts: readonly Part[], listing: PlacedListing, value: Value) {
    this.parts = parts;
    this.listing = listing;
    this.value = value;
    this.order = ORDERS[listing.order];
    this.ownerAside = listing.order === 'deadlineAt' && listing.filter.ownerId !== null;
    this.sorted = `key ${this.order.direction}, id ${this.order.direction}`;
  }

  statement(): Omit<SqlStatement, 'values'> {
    const { order, limit } = this.listing;
    const conditions = this.conditions();
    if (order === 'relevance') return { text: this.byRelevance(conditions), filtered: true };
    if (conditions.length === 0) return { text: this.inOrder(this.wholeRow(), limit + 1), filtered: false };
    const text = `${this.found(conditions, limit + 1)}
      SELECT ${this.fields().join(', ')}
      FROM found JOIN opportunity USING (id) ORDER BY ${this.sorted}`;
    return { text, filtered: true };
  }

  /** Ranks the newest matches. Later pages compare the same matches as the first page. */
  private byRelevance(conditions: readonly string[]): string {
    const { after, limit } = this.listing;
    const most = after === null ? MATCHES_COMPARED : null;
    const end = (edge: string, name: string) => `
      (SELECT nullif(key, '${this.order.none}') FROM ${edge}) AS "${name}At", (SELECT id FROM ${edge}) AS "${name}Id"`;
    const start = after?.ranked
      ? `WHERE (rank, key, id) < (${this.value(after.ranked.rank, 'real')}, ${this.keyOf(after)}, ${this.idOf(after)})`
      : '';
    return `${this.found(conditions, most)},
      newest AS (SELECT key, id FROM found ORDER BY key DESC, id DESC LIMIT 1),
      oldest AS (SELECT key, id FROM found ORDER BY key, id LIMIT 1),
      ranked AS (
        SELECT found.key, id, ts_rank(words, ${this.words()}, 1) AS rank FROM found JOIN opportunity USING (id)
      )
      SELECT ${this.fields().join(', ')}, rank, ${end('newest', 'newest')}, ${end('oldest', 'oldest')}
      FROM (
        SELECT key, id, rank FROM ranked ${start}
        ORDER BY rank DESC, key DESC, id DESC LIMIT ${this.value(limit + 1, 'integer')}
      ) AS page JOIN opportunity USING (id)
      ORDER BY rank DESC, key DESC, id DESC`;
  }

  /**
   * Returns the WITH query named "found", which gives the keys and ids of the first rows in the sort order that meet
   * the conditions.
   * @param most the largest number of rows; null for all, when the bounds already leave about MATCHES_COMPARED of them.
   */
  private found(conditions: readonly string[], most: number | null): string {
    const enough = this.value(most ?? MATCHES_COMPARED, 'integer');
    const limit = most === null ? '' : `LIMIT ${enough}`;
    const columns = [
      'id',
      `${this.order.key} AS key`,
      'owner_id',
      'words',
      'facets',
      'opens_at',
      'deadline_at',
      'published_at',
    ];
    const scanned = (rows: number) => `
      SELECT key, id FROM (${this.inOrder(columns, most === null ? 2 * rows : rows)}) AS scanned
      WHERE ${conditions.join(' AND ')} ORDER BY ${this.sorted} ${limit}`;
    const suffices = (stage: string) => `(SELECT count(*) FROM ${stage}) >= ${enough}`;
    const stages = [{ name: 'near', rows: scanned(ROWS_SCANNED) }];
    // Relevance needs many matches. When matches are frequent, scanning further is faster than sorting all of them.
    if (this.listing.order === 'relevance')
      stages.push({
        name: 'further',
        rows: `
          SELECT key, id FROM (${scanned(10 * ROWS_SCANNED)}) AS scanned
          WHERE (SELECT count(*) FROM near) BETWEEN ${enough} / 10 AND ${enough} - 1`,
      });
    return `
      WITH ${stages.map(({ name, rows }) => `${name} AS MATERIALIZED (${rows}),`).join(' ')}
      found AS MATERIALIZED (
        ${stages.map(({ name }) => `SELECT key, id FROM ${name} WHERE ${suffices(name)} UNION ALL`).join(' ')}
        (
          -- OFFSET 0 keeps the planner from sorting before it has looked up all matches.
          SELECT key, id FROM (
            SELECT ${this.order.key} AS key, id FROM opportunity
            WHERE NOT (${stages.map(({ name }) => suffices(name)).join(' OR ')})
              AND (${this.parts.map((part) => this.partCondition(part)).join(' OR ')})
              AND ${[...this.bounds(), ...conditions].join(' AND ')}
            OFFSET 0
          ) AS far ORDER BY ${this.sorted} ${limit}
        )
      )`;
  }

  /** The first rows in the sort order, without conditions. An index has one list for each status; several lists are merged. */
  private inOrder(columns: readonly string[], most: number): string {
    const limit = this.value(most, 'integer');
    const bounds = this.bounds();
    const { key, direction } = this.order;
    const lists = this.parts.flatMap((part) =>
      part.statuses.map(
        (status) => `
        SELECT ${columns.join(', ')} FROM opportunity
        WHERE ${[this.listCondition(status, part), ...bounds].join(' AND ')}
        ORDER BY ${key} ${direction}, id ${direction} LIMIT ${limit}`,
      ),
    );
    if (lists.length === 1) return lists.join('');
    const all = lists.map((list) => `(${list})`).join(' UNION ALL ');
    return `SELECT * FROM (${all}) AS lists ORDER BY ${this.sorted} LIMIT ${limit}`;
  }

  private listCondition(status: OpportunityStatus, { ownerId }: Part): string {
    return this.partCondition({ statuses: [status], ownerId: this.ownerAside ? null : ownerId });
  }

  private partCondition({ statuses, ownerId }: Part): string {
    const [status, ...others] = statuses;
    const hasStatus =
      others.length === 0
        ? `status = ${this.value(status, 'text')}`
        : `status = ANY (${this.value(statuses, 'text[]')})`;
    return ownerId === null ? hasStatus : `(${hasStatus} AND owner_id = ${this.value(ownerId, 'text')})`;
  }

  /** Bounds of the page in the sort order. */
  private bounds(): string[] {
    const { after, filter } = this.listing;
    const { key, column, direction } = this.order;
    const bounds: string[] = [];
    if (after?.ranked) {
      const { newest, oldest } = after.ranked;
      bounds.push(`(${key}, id) <= (${this.keyOf(newest)}, ${this.idOf(newest)})`);
      bounds.push(`(${key}, id) >= (${this.keyOf(oldest)}, ${this.idOf(oldest)})`);
    } else if (after) {
      const beyond = direction === 'ASC' ? '>' : '<';
      bounds.push(`(${key}, id) ${beyond} (${this.keyOf(after)}, ${this.idOf(after)})`);
    }
    if (column === 'published_at') bounds.push(...this.within(key, '-infinity', filter.published));
    if (column === 'deadline_at') {
      bounds.push(...this.within(key, 'infinity', filter.deadline));
      if (filter.openAt) bounds.push(`${key} > ${this.value(filter.openAt, 'timestamptz')}`);
    }
    return bounds;
  }

  /** Conditions that a row must meet beyond its place in the sort order. */
  private conditions(): string[] {
    const { filter } = this.listing;
    const { column } = this.order;
    const conditions: string[] = [];
    if (column !== 'published_at') conditions.push(...this.within(BY_PUBLICATION.key, '-infinity', filter.published));
    if (column !== 'deadline_at') {
      conditions.push(...this.within(ORDERS.deadlineAt.key, 'infinity', filter.deadline));
      if (filter.openAt) conditions.push(`${ORDERS.deadlineAt.key} > ${this.value(filter.openAt, 'timestamptz')}`);
    }
    if (this.ownerAside) conditions.push(`owner_id = ${this.value(filter.ownerId, 'text')}`);
    if (filter.openAt) conditions.push(`(opens_at IS NULL OR opens_at <= ${this.value(filter.openAt, 'timestamptz')})`);
    conditions.push(
      ...this.anyFacet('type', filter.types),
      ...this.anyFacet('workMode', filter.workModes),
      ...this.anyFacet('commitment', filter.commitments),
      ...this.anyFacet('country', filter.countries),
      ...this.anyFacet('tag', filter.tags),
      ...this.anyFacet('city', filter.cities, (city) => `lower(${city})`),
    );
    if (filter.search !== null) {
      const words = this.words();
      // No index can find a search without words, or without a word that must occur. Such a search finds nothing.
      conditions.push(`querytree(${words}) NOT IN ('', 'T')`, `words @@ ${words}`);
    }
    return conditions;
  }

  private anyFacet(name: string, given: readonly string[], written = (text: string) => text): string[] {
    if (given.length === 0) return [];
    const each = given.map((one) => `'${name}:' || ${written(this.value(one, 'text'))}`);
    return [`facets && ARRAY[${each.join(', ')}]`];
  }

  private within(key: string, none: Order['none'], { from, to }: InstantRange): string[] {
    if (from === null && to === null) return [];
    return [
      from === null ? `${key} > '-infinity'` : `${key} >= ${this.value(from, 'timestamptz')}`,
      ...(to === null
        ? none === 'infinity'
          ? [`${key} < 'infinity'`]
          : []
        : [`${key} < ${this.value(to, 'timestamptz')}`]),
    ];
  }

  /**
   * Returns the search as an expression of type tsquery. A last word that the user may still be typing stands for every
   * word that begins with it.
   */
  private words(): string {
    // The keyboards of phones write typographic quotes.
    const search = (this.listing.filter.search ?? '').replace(/[“”„«»]/g, '"');
    const words = `websearch_to_tsquery('simple', searchable_text(${this.value(search, 'text')}))`;
    // In the text of a tsquery, a word ends in a quote and a closed group in a parenthesis.
    return mayGoOn(search) ? `regexp_replace(${words}::text, '''$', ''':*')::tsquery` : words;
  }

  private keyOf({ at }: SortKey): string {
    return at === null ? `'${this.order.none}'::timestamptz` : this.value(at, 'timestamptz');
  }

  private idOf({ id }: SortKey): string {
    return this.value(id, 'uuid');
  }

  /** Columns for a page. Merged lists need the key as well, because they are compared by it. */
  private wholeRow(): string[] {
    const lists = this.parts.flatMap(({ statuses }) => statuses);
    return [...this.fields(), ...(lists.length > 1 ? [`${this.order.key} AS key`] : [])];
  }

  private fields(): string[] {
    return [...new Set(['id', ...this.listing.fields, this.order.field] as const)].map(selected);
  }
}

/**
 * Whether the end of a search may be the beginning of a longer word. It must end in two letters or digits, or in one letter
 * of a script that has words of one letter. A word after "-" is excluded from the results and is never completed.
 */
function mayGoOn(search: string): boolean {
  return /([\p{L}\p{N}]{2}|[\p{L}--\p{ASCII}])$/v.test(search) && !/(^|\s)-\S*$/.test(search);
}

function selected(field: ListedField): string {
  const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return column === field ? column : `${column} AS "${field}"`;
}
