import {
  type InstantRange,
  type ListedField,
  type ListedOpportunity,
  type ListFilter,
  type Listing,
  type ListOrder,
  type ListPage,
  type ListPosition,
  ListPositionMalformed,
  type OpportunityCatalogue,
} from '#application/ports/opportunities/opportunity-catalogue';
import { isOpen } from '#domain/opportunities/opportunity-status';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import { copyOf, type InMemoryDatabase } from './in-memory-database.ts';
import { relevance } from './in-memory-search.ts';

type SortKey = { readonly at: Date | null; readonly id: string };

/** The last item of a page. In the order by relevance, `newest` and `oldest` are the ends of the compared matches. */
type Place = SortKey & {
  readonly ranked?: { readonly rank: number; readonly newest: SortKey; readonly oldest: SortKey };
};

/** An opportunity that matches the filter, with its sort key and rank. */
type Found = { readonly opportunity: Opportunity; readonly rank: number; readonly sortKey: SortKey };

const INSTANTS = {
  '-publishedAt': ({ publishedAt }: Opportunity) => publishedAt,
  '-updatedAt': ({ updatedAt }: Opportunity) => updatedAt,
  deadlineAt: ({ details }: Opportunity) => details.deadlineAt,
  relevance: ({ publishedAt }: Opportunity) => publishedAt,
} satisfies Record<ListOrder, unknown>;

export class InMemoryOpportunityCatalogue implements OpportunityCatalogue {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async find(id: string, visibility: Visibility): Promise<Opportunity | undefined> {
    const found = (await this.all()).find((opportunity) => opportunity.id === id.toLowerCase());
    return found && isVisible(visibility, found) ? copyOf(found) : undefined;
  }

  async list(visibility: Visibility, { filter, order, limit, after: position, fields }: Listing): Promise<ListPage> {
    const after = position === null ? null : placeAt(position, order);
    const byInstant = (one: SortKey, other: SortKey) => compareSortKeys(order, one, other);
    const window = after?.ranked;
    const found = (await this.all())
      .filter((opportunity) => isVisible(visibility, opportunity) && meets(filter, opportunity))
      .map((opportunity): Found => {
        const sortKey = { at: INSTANTS[order](opportunity), id: opportunity.id };
        return { opportunity, sortKey, rank: relevance(opportunity.details, filter.search ?? '') };
      })
      .filter(({ rank }) => filter.search === null || rank > 0)
      .filter(
        ({ sortKey }) => !window || (byInstant(window.newest, sortKey) <= 0 && byInstant(sortKey, window.oldest) <= 0),
      )
      .sort((one, other) => byInstant(one.sortKey, other.sortKey));
    const [newest, oldest] = [window?.newest ?? found.at(0)?.sortKey, window?.oldest ?? found.at(-1)?.sortKey];

    const compare = (one: Omit<Found, 'opportunity'>, other: Omit<Found, 'opportunity'>) =>
      (order === 'relevance' && other.rank - one.rank) || byInstant(one.sortKey, other.sortKey);
    const start = after && { sortKey: after, rank: window?.rank ?? 0 };
    const rest = found.sort(compare).filter((one) => !start || compare(start, one) < 0);
    const last = rest.length > limit ? rest[limit - 1] : undefined;
    const ranked = order === 'relevance' && last && newest && oldest && { rank: last.rank, newest, oldest };
    return {
      items: rest.slice(0, limit).map(({ opportunity }) => picked(opportunity, fields)),
      next: last ? JSON.stringify({ ...last.sortKey, ...(ranked && { ranked }) } satisfies Place) : null,
    };
  }

  private async all(): Promise<Opportunity[]> {
    await this.database.connect();
    return [...this.database.opportunities.values()];
  }
}

function isVisible({ statuses, ownerId, ownStatuses }: Visibility, opportunity: Opportunity): boolean {
  return (opportunity.ownerId === ownerId ? ownStatuses : statuses).includes(opportunity.status);
}

function meets(filter: ListFilter, { status, ownerId, publishedAt, details }: Opportunity): boolean {
  const { type, workMode, commitment, location, deadlineAt, tags } = details;
  return (
    filter.statuses.includes(status) &&
    (filter.ownerId === null || filter.ownerId === ownerId) &&
    any(filter.types, [type]) &&
    any(filter.workModes, [workMode]) &&
    any(filter.commitments, [commitment]) &&
    any(filter.tags, tags) &&
    any(filter.countries, [location?.country]) &&
    any(
      filter.cities.map((city) => city.toLowerCase()),
      [location?.city?.toLowerCase()],
    ) &&
    (filter.openAt === null || isOpen({ status, ...details }, filter.openAt)) &&
    within(filter.deadline, deadlineAt) &&
    within(filter.published, publishedAt)
  );
}

function any(wanted: readonly unknown[], there: readonly unknown[]): boolean {
  return wanted.length === 0 || there.some((value) => wanted.includes(value));
}

function within({ from, to }: InstantRange, instant: Date | null): boolean {
  if (from === null && to === null) return true;
  return instant !== null && (from === null || from <= instant) && (to === null || instant < to);
}

/** Returns a negative number when the first sort key comes first. */
function compareSortKeys(order: ListOrder, one: SortKey, other: SortKey): number {
  const direction = order === 'deadlineAt' ? 1 : -1;
  const none = direction * Infinity;
  const [first, second] = [one.at?.getTime() ?? none, other.at?.getTime() ?? none];
  if (first !== second) return direction * (first < second ? -1 : 1);
  return one.id === other.id ? 0 : direction * (one.id < other.id ? -1 : 1);
}

function picked(opportunity: Opportunity, fields: readonly ListedField[]): Partial<ListedOpportunity> {
  const { details, ...state } = copyOf(opportunity).state;
  const all = { ...details, ...state };
  const written = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  return Object.fromEntries(fields.map((field) => [field, written(all[field])]));
}

const AN_INSTANT = String.raw`(?:null|"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")`;
const SORT_KEY = String.raw`"at":${AN_INSTANT},"id":"[-0-9a-f]+"`;
const POSITION = new RegExp(
  String.raw`^\{${SORT_KEY}(,"ranked":\{"rank":[\d.]+,"newest":\{${SORT_KEY}\},"oldest":\{${SORT_KEY}\}\})?\}$`,
);

function placeAt(position: ListPosition, order: ListOrder): Place {
  const [whole, ranked] = POSITION.exec(position) ?? [];
  if (whole === undefined || (ranked !== undefined) !== (order === 'relevance')) throw new ListPositionMalformed();
  const revived: unknown = JSON.parse(whole, (name, value: unknown) =>
    name === 'at' && typeof value === 'string' ? new Date(value) : value,
  );
  return revived as Place;
}
