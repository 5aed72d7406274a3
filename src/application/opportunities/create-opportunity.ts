import type { Actor } from '#domain/actor';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { messageOf } from '../messages/opportunity-events-v1.ts';
import { once } from './once-per-key.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { IdGenerator } from '../ports/system/id-generator.ts';
import type { Retry } from '../ports/opportunities/idempotency-keys.ts';
import type { UnitOfWork } from '../ports/opportunities/unit-of-work.ts';

export type CreateOpportunityCommand = {
  readonly details: OpportunityDetails;
  /** An opportunity is published at once, unless its owner keeps it as a draft. */
  readonly status: 'draft' | 'published';
  readonly retry?: Retry | undefined;
};

/** Posts an opportunity. Every actor may post one. */
export class CreateOpportunity {
  private readonly unitOfWork: UnitOfWork;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor(unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) {
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.ids = ids;
  }

  async execute(actor: Actor, { details, status, retry }: CreateOpportunityCommand): Promise<OpportunityView> {
    const at = this.clock.now();
    return this.unitOfWork.run(({ opportunities, outbox, idempotencyKeys }) =>
      once(idempotencyKeys, actor, retry, async () => {
        const id = this.ids.next();
        const { opportunity, created } = Opportunity.create(id, details, status, { actorId: actor.id, at });
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, this.ids.next()));
        return viewOf(opportunity, at);
      }),
    );
  }
}
