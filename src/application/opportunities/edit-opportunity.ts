import type { Actor } from '#domain/actor';
import { mayEdit } from '#domain/opportunities/opportunity-policy';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-events';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityUpdatedV1 } from '../messages/opportunity-updated-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/**
 * What to say from what is said now. It is called with the very version that is changed, so a patch needs no reading
 * of its own; what it throws is passed on, and nothing is changed.
 */
export type Revision = (current: OpportunityState) => Partial<OpportunityDetails>;

/** Says something else about an opportunity. */
export class EditOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, { revise, ...target }: Target & { revise: Revision }): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayEdit,
      change: (opportunity, by, messageId) => {
        const updated = opportunity.edit(revise(opportunity.state), by);
        return updated && opportunityUpdatedV1(updated, messageId);
      },
    });
  }
}
