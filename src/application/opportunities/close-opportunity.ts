import type { Actor } from '#domain/actor';
import { mayClose } from '#domain/opportunities/opportunity-policy';
import type { CloseReason } from '#domain/opportunities/opportunity-status';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityClosedV1 } from '../messages/opportunity-closed-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Stops taking applications, and says why. */
export class CloseOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, { reason, ...target }: Target & { reason: CloseReason }): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayClose,
      change: (opportunity, by, messageId) => opportunityClosedV1(opportunity.close(reason, by), messageId),
    });
  }
}
