import type {
  InstantRange,
  InstantText,
  ListedField,
  ListFilter,
  Listing,
  ListOrder,
  Mark,
} from '#application/ports/opportunities/opportunity-catalogue';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';

/**
 * How many rows a filtered list looks through in its own order before it asks the index of contents. Enough to fill a
 * page wherever one row in a few hundred fits; so few that looking in vain costs milliseconds.
 */
export const ROWS_LOOKED_THROUGH = 5000;
/** How many of the newest finds are compared by relevance. */
export const FINDS_COMPARED = 500;

/** One statement, with its values for $1, $2 … */
export type Query = {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether something is said about a row beyond its place in the order: then a good plan depends on the values. */
  readonly filtered: boolean;
};

/** What tells the place of a row, besides the field that the order goes by. */
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
  /** As it stands in the index: never null. */
  readonly key: string;
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
  // Among the newest finds.
  relevance: BY_PUBLICATION,
};

/** Which rows an actor may see, as parts that exclude one another. */
type Part = { readonly statuses: readonly OpportunityStatus[]; readonly ownerId: string | null };

/**
 * The statement for one page and one row more, or nothing when there can be nothing.
 *
 * Without a filter it reads an index in the list's order, and stops after a page. With one it looks through the next
 * rows in that order; when they do not fill the page, it takes all that the index of contents finds, and sorts that.
 * The second half runs only when it is needed. So neither a filter that fits everything nor one that fits nothing is
 * slow, whatever the planner believes about values that go together.
 */
export function listQuery(visibility: Visibility, listing: Listing): Query | undefined {
  const parts = visibleParts(visibility, listing.filter);
  if (parts.length === 0) return undefined;
  const values: unknown[] = [];
  const value: Value = (given, type) => `$${values.push(given)}::${type}`;
  return { ...new ListStatement(parts, listing, value).query(), values };
}

/** Gives a value its number in the statement. */
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

class ListStatement {
  private readonly parts: readonly Part[];
  private readonly listing: Listing;
  private readonly value: Value;
  private readonly order: Order;
  private readonly sorted: string;
  /** No index has one owner's deadlines in order, so the owner is one condition among others. */
  private readonly ownerAside: boolean;

  constructor(parts: readonly Part[], listing: Listing, value: Value) {
    this.parts = parts;
    this.listing = listing;
    this.value = value;
    this.order = ORDERS[listing.order];
    this.ownerAside = listing.order === 'deadlineAt' && listing.filter.ownerId !== null;
    this.sorted = `key ${this.order.direction}, id ${this.order.direction}`;
  }

  query(): Omit<Query, 'values'> {
    const { order, limit } = this.listing;
    const conditions = this.conditions();
    if (order === 'relevance') return { text: this.byRelevance(conditions), filtered: true };
    if (conditions.length === 0) return { text: this.inOrder(this.wholeRow(), limit + 1), filtered: false };
    const text = `${this.found(conditions, limit + 1)}
      SELECT ${this.fields().join(', ')}
      FROM found JOIN opportunity USING (id) ORDER BY ${this.sorted}`;
    return { text, filtered: true };
  }

  /** Ranks what a page of finds would be if it were very long. Later pages compare the very same ones. */
  private byRelevance(conditions: readonly string[]): string {
    const { after, limit } = this.listing;
    const most = after === null ? FINDS_COMPARED : null;
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
   * WITH … found: keys and ids of the first rows in order that meet the conditions.
   * @param most null for all of them, which are about as many as are compared.
   */
  private found(conditions: readonly string[], most: number | null): string {
    const enough = this.value(most ?? FINDS_COMPARED, 'integer');
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
    const lookedThrough = (rows: number) => `
      SELECT key, id FROM (${this.inOrder(columns, most === null ? 2 * rows : rows)}) AS looked
      WHERE ${conditions.join(' AND ')} ORDER BY ${this.sorted} ${limit}`;
    const suffices = (stage: string) => `(SELECT count(*) FROM ${stage}) >= ${enough}`;
    const stages = [{ name: 'near', rows: lookedThrough(ROWS_LOOKED_THROUGH) }];
    // So many finds are wanted for their relevance that, if they are frequent, looking on is quicker than sorting all.
    if (this.listing.order === 'relevance')
      stages.push({
        name: 'further',
        rows: `
          SELECT key, id FROM (${lookedThrough(10 * ROWS_LOOKED_THROUGH)}) AS looked
          WHERE (SELECT count(*) FROM near) BETWEEN ${enough} / 10 AND ${enough} - 1`,
      });
    return `
      WITH ${stages.map(({ name, rows }) => `${name} AS MATERIALIZED (${rows}),`).join(' ')}
      found AS MATERIALIZED (
        ${stages.map(({ name }) => `SELECT key, id FROM ${name} WHERE ${suffices(name)} UNION ALL`).join(' ')}
        (
          -- OFFSET 0: all of them are looked up, and sorted afterwards.
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

  /** The first rows in order, whatever is in them. An index holds one list for each status; several are merged. */
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

  /** Where in the order the page lies. */
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

  /** What is said about a row beyond its place in the order. */
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
      // What no index can find (no words, or none that must occur) is not looked for.
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

  /** The search as PostgreSQL reads it. A last word that may still be typed stands for all that begin with it. */
  private words(): string {
    // Telephones type typographic quotes.
    const search = (this.listing.filter.search ?? '').replace(/[“”„«»]/g, '"');
    const words = `websearch_to_tsquery('simple', searchable_text(${this.value(search, 'text')}))`;
    // As text, an operand ends in a quote, and a closed group in a parenthesis.
    return mayGoOn(search) ? `regexp_replace(${words}::text, '''$', ''':*')::tsquery` : words;
  }

  private keyOf({ at }: Mark): string {
    return at === null ? `'${this.order.none}'::timestamptz` : this.value(at, 'timestamptz');
  }

  private idOf({ id }: Mark): string {
    return this.value(id, 'uuid');
  }

  /** What a page needs of a row; lists that are merged are compared by their keys. */
  private wholeRow(): string[] {
    const lists = this.parts.flatMap(({ statuses }) => statuses);
    return [...this.fields(), ...(lists.length > 1 ? [`${this.order.key} AS key`] : [])];
  }

  private fields(): string[] {
    return [...new Set(['id', ...this.listing.fields, this.order.field] as const)].map(selected);
  }
}

/**
 * Whether the end of a search may be the beginning of a word: it ends in two letters or digits, or in one of a script
 * that has words of one letter, and what it ends in is not excluded.
 */
function mayGoOn(search: string): boolean {
  return /([\p{L}\p{N}]{2}|[\p{L}--\p{ASCII}])$/v.test(search) && !/(^|\s)-\S*$/.test(search);
}

function selected(field: ListedField): string {
  const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return column === field ? column : `${column} AS "${field}"`;
}
