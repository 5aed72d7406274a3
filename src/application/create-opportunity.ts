import type { Actor } from '#domain/actor';
import { Opportunity } from '#domain/opportunity/opportunity';
import type { OpportunityDetails } from '#domain/opportunity/opportunity-details';
import { opportunityCreatedV1 } from './messages/opportunity-created-v1.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from './ports/clock.ts';
import type { IdGenerator } from './ports/id-generator.ts';
import type { UnitOfWork } from './ports/unit-of-work.ts';

export type CreateOpportunityCommand = {
  readonly details: OpportunityDetails;
  /** Published at once unless it is kept back as a draft. */
  readonly status: 'draft' | 'published';
};

/** Posts an opportunity. Every actor may. */
export class CreateOpportunity {
  private readonly unitOfWork: UnitOfWork;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor(unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) {
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.ids = ids;
  }

  async execute(actor: Actor, { details, status }: CreateOpportunityCommand): Promise<OpportunityView> {
    const at = this.clock.now();
    const { opportunity, created } = Opportunity.create(this.ids.next(), details, status, { actorId: actor.id, at });

    await this.unitOfWork.run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(opportunityCreatedV1(created, this.ids.next()));
    });

    return viewOf(opportunity, at);
  }
}
