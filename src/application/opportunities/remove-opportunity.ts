import type { Actor } from '#domain/actor';
import { mayRemove } from '#domain/opportunities/opportunity-policy';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityRemovedV1 } from '../messages/opportunity-removed-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Hides what should not have been posted, and tells its owner why. */
export class RemoveOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, { reason, ...target }: Target & { reason: string }): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayRemove,
      change: (opportunity, by, messageId) => opportunityRemovedV1(opportunity.remove(reason, by), messageId),
    });
  }
}
