import type { Actor } from '#domain/actor';
import { mayReopen } from '#domain/opportunities/opportunity-policy';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityReopenedV1 } from '../messages/opportunity-reopened-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Takes applications again. */
export class ReopenOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, target: Target): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayReopen,
      change: (opportunity, by, messageId) => opportunityReopenedV1(opportunity.reopen(by), messageId),
    });
  }
}
