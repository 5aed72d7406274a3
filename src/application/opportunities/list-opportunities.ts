import type { Actor } from '#domain/actor';
import { isOpen } from '#domain/opportunities/opportunity-status';
import { visibleTo } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import type { Clock } from '../ports/system/clock.ts';
import type {
  InstantText,
  ListedField,
  ListedOpportunity,
  ListFilter,
  Listing,
  OpportunityCatalogue,
  ListPosition,
} from '../ports/opportunities/opportunity-catalogue.ts';

/** The fields that a list can show: those of the catalogue, and whether people can apply now. */
export type ListedView = ListedOpportunity & { readonly isOpen: boolean };
export type ListedViewField = keyof ListedView;

export type ListOpportunitiesCommand = Pick<Listing, 'order' | 'limit' | 'after'> & {
  readonly filter: Omit<ListFilter, 'openAt'> & {
    /** Whether to list only the actor's own opportunities. */
    readonly mine: boolean;
    /** Whether to list only opportunities to which people can apply now. */
    readonly open: boolean;
  };
  readonly fields: readonly ListedViewField[];
};

export type ListedPage = {
  /** Items with the fields of the command. */
  readonly items: readonly Partial<ListedView>[];
  /** The position of the next page, null on the last one. */
  readonly next: ListPosition | null;
};

const NEEDED_FOR_IS_OPEN = ['status', 'opensAt', 'deadlineAt'] as const;

/**
 * Reads a page of the opportunities that the actor may see. A command without statuses lists published opportunities,
 * or with `mine` all opportunities of the actor.
 */
export class ListOpportunities {
  private readonly catalogue: OpportunityCatalogue;
  private readonly clock: Clock;

  constructor(catalogue: OpportunityCatalogue, clock: Clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** @param actor undefined for a reader without a token, who owns nothing. */
  async execute(
    actor: Actor | undefined,
    { filter, fields, ...listing }: ListOpportunitiesCommand,
  ): Promise<ListedPage> {
    const visibility = visibleTo(actor);
    const now = this.clock.now();
    const { mine, open, ...given } = filter;
    const all: readonly OpportunityStatus[] = mine && !open ? visibility.ownStatuses : ['published'];
    const page = await this.catalogue.list(visibility, {
      ...listing,
      filter: {
        ...given,
        statuses: given.statuses.length > 0 ? given.statuses : all,
        ownerId: mine ? visibility.ownerId : given.ownerId,
        openAt: open ? now : null,
      },
      fields: storedFields(fields),
    });
    const items = fields.includes('isOpen') ? page.items.map((item) => viewOf(item, fields, now)) : page.items;
    return { items, next: page.next };
  }
}

function viewOf(item: Partial<ListedOpportunity>, fields: readonly ListedViewField[], now: Date): Partial<ListedView> {
  const view: Record<string, unknown> = {};
  for (const field of fields)
    view[field] =
      field === 'isOpen'
        ? isListedOpen(item as Pick<ListedOpportunity, (typeof NEEDED_FOR_IS_OPEN)[number]>, now)
        : item[field];
  return view;
}

function isListedOpen(
  { status, opensAt, deadlineAt }: Pick<ListedOpportunity, (typeof NEEDED_FOR_IS_OPEN)[number]>,
  now: Date,
): boolean {
  const date = (instant: InstantText | null) => (instant === null ? null : new Date(instant));
  return isOpen({ status, opensAt: date(opensAt), deadlineAt: date(deadlineAt) }, now);
}

function storedFields(fields: readonly ListedViewField[]): ListedField[] {
  const stored = fields.filter((field) => field !== 'isOpen');
  return [...new Set([...stored, ...(fields.includes('isOpen') ? NEEDED_FOR_IS_OPEN : [])])];
}
