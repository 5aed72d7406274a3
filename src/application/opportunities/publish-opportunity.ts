import type { Actor } from '#domain/actor';
import { mayPublish } from '#domain/opportunities/opportunity-policy';
import type { ChangeOpportunity, Target } from './change-opportunity.ts';
import { opportunityPublishedV1 } from '../messages/opportunity-published-v1.ts';
import type { OpportunityView } from './opportunity-view.ts';

/** Shows a draft to everyone. */
export class PublishOpportunity {
  private readonly changes: ChangeOpportunity;

  constructor(changes: ChangeOpportunity) {
    this.changes = changes;
  }

  execute(actor: Actor, target: Target): Promise<OpportunityView> {
    return this.changes.run(actor, target, {
      permit: mayPublish,
      change: (opportunity, by, messageId) => opportunityPublishedV1(opportunity.publish(by), messageId),
    });
  }
}
