import { normaliseDetails, type OpportunityDetails } from './opportunity-details.ts';
import { InvalidOpportunity, NotPublishable } from './opportunity-errors.ts';
import type {
  OpportunityClosed,
  OpportunityCreated,
  OpportunityFact,
  OpportunityPublished,
  OpportunityState,
} from './opportunity-events.ts';
import { obstaclesToPublishing, violationsOf } from './opportunity-invariants.ts';
import { type CloseReason, type OpportunityStatus, transition } from './opportunity-status.ts';

/** Who changes it and when. */
export type Change = { readonly actorId: string; readonly at: Date };

/**
 * Something one member posts for others. Every operation that changes it returns the fact, and counts the version up:
 * the version is the optimistic lock and the event's sequence number in one.
 *
 * The constructor does not run when an opportunity is loaded from the database; nothing may depend on it.
 */
export class Opportunity {
  readonly id: string;
  readonly ownerId: string;
  readonly createdAt: Date;
  private _details: OpportunityDetails;
  private _status: OpportunityStatus;
  private _closeReason: CloseReason | null;
  private _version: number;
  private _updatedAt: Date;
  private _publishedAt: Date | null;
  private _closedAt: Date | null;

  private constructor(id: string, ownerId: string, details: OpportunityDetails, createdAt: Date) {
    this.id = id;
    this.ownerId = ownerId;
    this.createdAt = createdAt;
    this._details = details;
    this._status = 'draft';
    this._closeReason = null;
    this._version = 1;
    this._updatedAt = createdAt;
    this._publishedAt = null;
    this._closedAt = null;
  }

  /**
   * Posts an opportunity: at once, or as a draft that only its owner sees.
   * @throws InvalidOpportunity listing every broken invariant, those of publishing included unless it is a draft.
   */
  static create(
    id: string,
    proposed: OpportunityDetails,
    status: 'draft' | 'published',
    by: Change,
  ): { opportunity: Opportunity; created: OpportunityCreated } {
    const details = normaliseDetails(proposed);
    const violations = [
      ...violationsOf(details),
      ...(status === 'published' ? obstaclesToPublishing(details, by.at) : []),
    ];
    if (violations.length > 0) throw new InvalidOpportunity(violations);

    const opportunity = new Opportunity(id, by.actorId, details, by.at);
    if (status === 'published') {
      opportunity._status = transition(opportunity._status, 'publish');
      opportunity._publishedAt = by.at;
    }
    return { opportunity, created: opportunity.fact('OpportunityCreated', by) };
  }

  /**
   * Shows a draft to everyone.
   * @throws IllegalTransition unless it is a draft.
   * @throws NotPublishable listing everything that readers would miss.
   */
  publish(by: Change): OpportunityPublished {
    const status = transition(this._status, 'publish');
    const obstacles = obstaclesToPublishing(this._details, by.at);
    if (obstacles.length > 0) throw new NotPublishable(obstacles);
    this._publishedAt = by.at;
    return this.changed(status, 'OpportunityPublished', by);
  }

  /**
   * Stops taking applications.
   * @throws IllegalTransition unless it is published.
   */
  close(reason: CloseReason, by: Change): OpportunityClosed {
    const status = transition(this._status, 'close');
    this._closeReason = reason;
    this._closedAt = by.at;
    return { ...this.changed(status, 'OpportunityClosed', by), reason };
  }

  /** Whether one can apply at that instant: computed, because a job that expires opportunities may lag. */
  isOpenAt(instant: Date): boolean {
    const { opensAt, deadlineAt } = this._details;
    return (
      this._status === 'published' &&
      (opensAt === null || opensAt <= instant) &&
      (deadlineAt === null || instant < deadlineAt)
    );
  }

  get details(): OpportunityDetails {
    return this._details;
  }

  get status(): OpportunityStatus {
    return this._status;
  }

  get closeReason(): CloseReason | null {
    return this._closeReason;
  }

  get version(): number {
    return this._version;
  }

  get updatedAt(): Date {
    return this._updatedAt;
  }

  get publishedAt(): Date | null {
    return this._publishedAt;
  }

  get closedAt(): Date | null {
    return this._closedAt;
  }

  /** A copy of everything it is now. */
  get state(): OpportunityState {
    return {
      id: this.id,
      ownerId: this.ownerId,
      details: this._details,
      status: this._status,
      closeReason: this._closeReason,
      version: this._version,
      createdAt: this.createdAt,
      updatedAt: this._updatedAt,
      publishedAt: this._publishedAt,
      closedAt: this._closedAt,
    };
  }

  private changed<Name extends OpportunityFact['name']>(status: OpportunityStatus, name: Name, by: Change) {
    this._status = status;
    this._version += 1;
    this._updatedAt = by.at;
    return this.fact(name, by);
  }

  private fact<Name extends OpportunityFact['name']>(name: Name, by: Change) {
    return { name, opportunity: this.state, actorId: by.actorId, occurredAt: by.at };
  }
}
