import type { Actor } from '#domain/actor';
import { type Decision, ensure } from '#domain/permission';
import type { Change, Opportunity } from '#domain/opportunities/opportunity';
import { ensureVisible } from '#domain/opportunities/opportunity-policy';
import type { Message } from '../messages/message.ts';
import { once } from './idempotency.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { IdGenerator } from '../ports/system/id-generator.ts';
import type { Retry } from '../ports/opportunities/idempotency-keys.ts';
import { VersionMismatch } from '../ports/opportunities/opportunity-repository.ts';
import type { UnitOfWork } from '../ports/opportunities/unit-of-work.ts';

/** Which opportunity, and in which versions the actor has seen it; any version when that is not said. */
export type Target = {
  readonly id: string;
  readonly versions?: readonly number[] | undefined;
  readonly retry?: Retry | undefined;
};

type Step = {
  /** Whether the actor may know of it. */
  readonly see?: (actor: Actor, opportunity: Opportunity | undefined) => Opportunity;
  readonly permit: (actor: Actor, opportunity: Opportunity) => Decision;
  /** Changes it and gives the event, or nothing when there was nothing to change. */
  readonly change: (opportunity: Opportunity, by: Change, messageId: string) => Message | undefined;
};

/** What every change of an existing opportunity goes through, in this order; what differs, the use cases say. */
export class ChangeOpportunity {
  private readonly unitOfWork: UnitOfWork;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor(unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) {
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * @throws OpportunityNotFound, NotPermitted, VersionMismatch, ConcurrentChange; IdempotencyKeyInUse and
   *   IdempotencyKeyReused; and whatever the change refuses.
   */
  async run(actor: Actor, target: Target, { see = ensureVisible, permit, change }: Step): Promise<OpportunityView> {
    const at = this.clock.now();
    return this.unitOfWork.run(({ opportunities, outbox, idempotencyKeys }) =>
      once(idempotencyKeys, actor, target.retry, async () => {
        const opportunity = see(actor, await opportunities.get(target.id));
        ensure(permit(actor, opportunity));
        // A deletion that is asked for again names the version that it had before the first time (RFC 9110 §13.1.1).
        const done = opportunity.status === 'deleted';
        if (!done && target.versions && !target.versions.includes(opportunity.version)) throw new VersionMismatch();

        const message = change(opportunity, { actorId: actor.id, at }, this.ids.next());

        if (message) {
          await opportunities.save(opportunity);
          await outbox.append(message);
        }
        return viewOf(opportunity, at);
      }),
    );
  }
}
