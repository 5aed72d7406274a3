import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import type { ListFilter, Listing } from '#application/ports/opportunities/opportunity-catalogue';

/** No filter: all that is published. */
export const ANY: ListFilter = {
  statuses: ['published'],
  ownerId: null,
  types: [],
  workModes: [],
  commitments: [],
  tags: [],
  countries: [],
  cities: [],
  openAt: null,
  deadline: { from: null, to: null },
  published: { from: null, to: null },
  search: null,
};

type Given = Partial<Omit<Listing, 'filter'>> & { filter?: Partial<ListFilter> };

/** The first hundred of all that is published, by id alone, unless something else is said. */
export function aListing({ filter, ...given }: Given = {}): Listing {
  return { order: '-publishedAt', limit: 100, after: null, fields: ['id'], ...given, filter: { ...ANY, ...filter } };
}

type GivenCommand = Partial<Omit<ListOpportunitiesCommand, 'filter'>> & {
  filter?: Partial<ListOpportunitiesCommand['filter']>;
};

/** The same as a command. */
export function aListCommand({ filter, ...given }: GivenCommand = {}): ListOpportunitiesCommand {
  const { openAt, ...any } = { ...ANY, statuses: [] };
  return { ...aListing(), ...given, filter: { ...any, mine: false, open: openAt !== null, ...filter } };
}
