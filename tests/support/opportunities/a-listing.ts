import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import type { ListFilter, Listing } from '#application/ports/opportunities/opportunity-catalogue';

/** A filter for all published opportunities. */
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

/** Returns a listing of the first hundred published opportunities with their ids, unless the changes say otherwise. */
export function aListing({ filter, ...given }: Given = {}): Listing {
  return { order: '-publishedAt', limit: 100, after: null, fields: ['id'], ...given, filter: { ...ANY, ...filter } };
}

type GivenCommand = Partial<Omit<ListOpportunitiesCommand, 'filter'>> & {
  filter?: Partial<ListOpportunitiesCommand['filter']>;
};

/** Returns the same listing as a command. */
export function aListCommand({ filter, ...given }: GivenCommand = {}): ListOpportunitiesCommand {
  const { openAt, ...any } = { ...ANY, statuses: [] };
  return { ...aListing(), ...given, filter: { ...any, mine: false, open: openAt !== null, ...filter } };
}
