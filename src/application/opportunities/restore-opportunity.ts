import type { Actor } from '#domain/actor';
import { mayRestore } from '#domain/opportunities/opportunity-policy';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityRestoredV1 } from '../messages/opportunity-restored-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Takes a removal back. */
export class RestoreOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, target: Target): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayRestore,
      change: (opportunity, by, messageId) => opportunityRestoredV1(opportunity.restore(by), messageId),
    });
  }
}
