import type { Actor } from '#domain/actor';
import { visibleTo } from '#domain/opportunity/opportunity-policy';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from './ports/clock.ts';
import type { OpportunityCatalogue } from './ports/opportunity-catalogue.ts';

export type Page = {
  readonly items: OpportunityView[];
  /** The id to go on after; undefined on the last page. */
  readonly nextAfter: string | undefined;
};

/** An owner's own opportunities in any status, newest first. */
export class ListMyOpportunities {
  private readonly catalogue: OpportunityCatalogue;
  private readonly clock: Clock;

  constructor(catalogue: OpportunityCatalogue, clock: Clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  async execute(actor: Actor, { limit, after }: { limit: number; after?: string | undefined }): Promise<Page> {
    const { ownStatuses } = visibleTo(actor);
    // One more than asked for tells whether there is a next page.
    const found = await this.catalogue.ownedBy(actor.id, ownStatuses, { limit: limit + 1, ...(after && { after }) });
    const items = found.slice(0, limit);
    const now = this.clock.now();
    return {
      items: items.map((opportunity) => viewOf(opportunity, now)),
      nextAfter: found.length > limit ? items.at(-1)?.id : undefined,
    };
  }
}
