import type { Actor } from '#domain/actor';
import { ensure } from '#domain/permission';
import type { OpportunityAction } from '#domain/opportunities/opportunity-status';
import { messageOf } from '../messages/opportunity-events-v1.ts';
import { once } from './once-per-key.ts';
import { type InputOf, OPPORTUNITY_CHANGES } from './opportunity-changes.ts';
import { type OpportunityView, viewOf } from './opportunity-view.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { IdGenerator } from '../ports/system/id-generator.ts';
import type { Retry } from '../ports/opportunities/idempotency-keys.ts';
import { VersionMismatch } from '../ports/opportunities/opportunity-repository.ts';
import type { UnitOfWork } from '../ports/opportunities/unit-of-work.ts';

/** Names the opportunity that is to be changed. */
export type Target = {
  readonly id: string;
  /** Versions that the actor has seen. Any other version is refused; undefined accepts every version. */
  readonly versions?: readonly number[] | undefined;
  readonly retry?: Retry | undefined;
};

/**
 * Changes an existing opportunity. Every change takes the same steps; the differences between the changes are in
 * opportunity-changes.ts.
 */
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
   * @throws OpportunityNotFound, NotPermitted, VersionMismatch, ConcurrentChange, IdempotencyKeyInUse,
   *   IdempotencyKeyReused, and the errors of the change itself.
   */
  async execute<Action extends OpportunityAction>(
    actor: Actor,
    action: Action,
    command: Target & InputOf<Action>,
  ): Promise<OpportunityView> {
    const { find, permit, change } = OPPORTUNITY_CHANGES[action];
    const { id, versions, retry } = command;
    const at = this.clock.now();
    return this.unitOfWork.run(({ opportunities, outbox, idempotencyKeys }) =>
      once(idempotencyKeys, actor, retry, async () => {
        const opportunity = find(actor, await opportunities.get(id));
        ensure(permit(actor, opportunity));
        // A repeated deletion names the version from before the first deletion, and still succeeds (RFC 9110 §13.1.1).
        const isDeleted = opportunity.status === 'deleted';
        if (!isDeleted && versions && !versions.includes(opportunity.version)) throw new VersionMismatch();

        const event = change(opportunity, { actorId: actor.id, at }, command);

        if (event) {
          await opportunities.save(opportunity);
          await outbox.append(messageOf(event, this.ids.next()));
        }
        return viewOf(opportunity, at);
      }),
    );
  }
}
