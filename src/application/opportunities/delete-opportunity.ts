import type { Actor } from '#domain/actor';
import { ensureVisibleOrDeleted, mayDelete } from '#domain/opportunities/opportunity-policy';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityDeletedV1 } from '../messages/opportunity-deleted-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Takes an opportunity away from everyone. Deleting again changes nothing and succeeds, so that a lost answer can be asked for again. */
export class DeleteOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, target: Target): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      see: ensureVisibleOrDeleted,
      permit: mayDelete,
      change: (opportunity, by, messageId) => {
        const deleted = opportunity.delete(by);
        return deleted && opportunityDeletedV1(deleted, messageId);
      },
    });
  }
}
