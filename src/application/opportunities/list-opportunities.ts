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
  Position,
} from '../ports/opportunities/opportunity-catalogue.ts';

/** What a reader may ask of each opportunity: all that is listed, and whether one can apply right now. */
export type ListedView = ListedOpportunity & { readonly isOpen: boolean };
export type ListedViewField = keyof ListedView;

export type ListOpportunitiesCommand = Pick<Listing, 'order' | 'limit' | 'after'> & {
  readonly filter: Omit<ListFilter, 'openAt'> & {
    /** Only the actor's own. */
    readonly mine: boolean;
    /** Only those for which one can apply. */
    readonly open: boolean;
  };
  readonly fields: readonly ListedViewField[];
};

export type ListedPage = {
  /** With the fields that were asked for. */
  readonly items: readonly Partial<ListedView>[];
  /** Null on the last page. */
  readonly next: Position | null;
};

const NEEDED_FOR_IS_OPEN = ['status', 'opensAt', 'deadlineAt'] as const;

/** Reads a page of what the actor may see. Unless statuses are named: what is published, and one's own in any status. */
export class ListOpportunities {
  private readonly catalogue: OpportunityCatalogue;
  private readonly clock: Clock;

  constructor(catalogue: OpportunityCatalogue, clock: Clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** @param actor undefined for a reader whom nobody knows, and who has nothing. */
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
