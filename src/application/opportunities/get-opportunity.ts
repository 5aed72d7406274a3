import type { Actor } from '#domain/actor';
import { ensureVisible, visibleTo } from '#domain/opportunities/opportunity-policy';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { OpportunityCatalogue } from '../ports/opportunities/opportunity-catalogue.ts';

/** Reads one opportunity. */
export class GetOpportunity {
  private readonly catalogue: OpportunityCatalogue;
  private readonly clock: Clock;

  constructor(catalogue: OpportunityCatalogue, clock: Clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** @param actor undefined for a reader whom nobody knows */
  async execute(actor: Actor | undefined, { id }: { id: string }): Promise<OpportunityView> {
    const opportunity = ensureVisible(actor, await this.catalogue.find(id, visibleTo(actor)));
    return viewOf(opportunity, this.clock.now());
  }
}
