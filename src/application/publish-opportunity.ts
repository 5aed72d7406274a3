import type { Actor } from '#domain/actor';
import { ensure } from '#domain/decision';
import { ensureVisible, mayPublish } from '#domain/opportunity/opportunity-policy';
import { opportunityPublishedV1 } from './messages/opportunity-published-v1.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from './ports/clock.ts';
import type { IdGenerator } from './ports/id-generator.ts';
import type { UnitOfWork } from './ports/unit-of-work.ts';

/** Shows a draft to everyone. */
export class PublishOpportunity {
  private readonly unitOfWork: UnitOfWork;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor(unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) {
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.ids = ids;
  }

  async execute(actor: Actor, { id }: { id: string }): Promise<OpportunityView> {
    const at = this.clock.now();
    return this.unitOfWork.run(async ({ opportunities, outbox }) => {
      const opportunity = ensureVisible(actor, await opportunities.get(id));
      ensure(mayPublish(actor, opportunity));

      const published = opportunity.publish({ actorId: actor.id, at });

      await opportunities.save(opportunity);
      await outbox.append(opportunityPublishedV1(published, this.ids.next()));
      return viewOf(opportunity, at);
    });
  }
}
