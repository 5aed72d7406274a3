import type { Actor } from '#domain/actor';
import { ensure } from '#domain/decision';
import { ensureVisible, mayClose } from '#domain/opportunity/opportunity-policy';
import type { CloseReason } from '#domain/opportunity/opportunity-status';
import { opportunityClosedV1 } from './messages/opportunity-closed-v1.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from './ports/clock.ts';
import type { IdGenerator } from './ports/id-generator.ts';
import type { UnitOfWork } from './ports/unit-of-work.ts';

/** Stops taking applications, and says why. */
export class CloseOpportunity {
  private readonly unitOfWork: UnitOfWork;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor(unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) {
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.ids = ids;
  }

  async execute(actor: Actor, { id, reason }: { id: string; reason: CloseReason }): Promise<OpportunityView> {
    const at = this.clock.now();
    return this.unitOfWork.run(async ({ opportunities, outbox }) => {
      const opportunity = ensureVisible(actor, await opportunities.get(id));
      ensure(mayClose(actor, opportunity));

      const closed = opportunity.close(reason, { actorId: actor.id, at });

      await opportunities.save(opportunity);
      await outbox.append(opportunityClosedV1(closed, this.ids.next()));
      return viewOf(opportunity, at);
    });
  }
}
