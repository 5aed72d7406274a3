import type { Actor } from '#domain/actor';
import { mayEdit } from '#domain/opportunity/opportunity-policy';
import type { OpportunityDetails } from '#domain/opportunity/opportunity-details';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityUpdatedV1 } from './messages/opportunity-updated-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Says something else about an opportunity. */
export class EditOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(
    actor: Actor,
    { changes, ...target }: Target & { changes: Partial<OpportunityDetails> },
  ): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayEdit,
      change: (opportunity, by, messageId) => {
        const updated = opportunity.edit(changes, by);
        return updated && opportunityUpdatedV1(updated, messageId);
      },
    });
  }
}
